CREATE TYPE whatsapp_direction AS ENUM ('SENT', 'RECEIVED');
CREATE TYPE whatsapp_message_type AS ENUM ('TEXT', 'TEMPLATE', 'IMAGE', 'DOCUMENT', 'AUDIO', 'VIDEO', 'LOCATION');
CREATE TABLE whatsapp_messages (
  id BIGSERIAL PRIMARY KEY,
  customer_id BIGINT REFERENCES customers(id),
  user_id BIGINT REFERENCES users(id),
  phone_number VARCHAR(20) NOT NULL,
  direction whatsapp_direction NOT NULL,
  message_type whatsapp_message_type NOT NULL,
  message_text TEXT NOT NULL,
  order_id BIGINT REFERENCES orders(id),
  quote_id BIGINT REFERENCES quotes(id),
  external_message_id VARCHAR(255),
  delivery_status VARCHAR(50),
  read_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);
