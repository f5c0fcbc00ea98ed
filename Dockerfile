# One image for web, worker, beat and simulator; docker-compose.yml gives each its command.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.txt constraints.txt ./
RUN pip install -r requirements.txt -c constraints.txt

COPY . .
# Settings want addresses; collecting files opens neither. The key signs nothing and stays here.
RUN DJANGO_SECRET_KEY=build DATABASE_URL=postgres:///none REDIS_URL=redis://none \
    python manage.py collectstatic --noinput

# Media uploads are the only thing the processes write.
RUN useradd --system --uid 10001 app && install -d -o app /app/media /data
USER app
VOLUME /app/media /data
EXPOSE 8000
CMD ["uvicorn", "cypher_erp.asgi:application", "--host", "0.0.0.0", "--port", "8000"]
