-- The keys and indexes of datanommer.models 1.5.0.

CREATE UNIQUE INDEX ix_users_name ON users (name);
CREATE UNIQUE INDEX ix_packages_name ON packages (name);

ALTER TABLE messages ADD PRIMARY KEY (id, "timestamp");
ALTER TABLE messages ADD UNIQUE (msg_id, "timestamp");
CREATE INDEX ix_messages_agent_name ON messages (agent_name);
CREATE INDEX ix_messages_category ON messages (category);
CREATE INDEX ix_messages_headers ON messages USING gin (headers jsonb_path_ops);
CREATE INDEX ix_messages_msg_id ON messages (msg_id);
CREATE INDEX ix_messages_timestamp ON messages ("timestamp");
CREATE INDEX ix_messages_topic ON messages (topic);

ALTER TABLE users_messages ADD PRIMARY KEY (user_id, msg_id, msg_timestamp);
CREATE INDEX ix_users_messages_msg_id ON users_messages (msg_id);
CREATE INDEX ix_users_messages_msg_timestamp ON users_messages (msg_timestamp);
ALTER TABLE packages_messages ADD PRIMARY KEY (package_id, msg_id, msg_timestamp);
CREATE INDEX ix_packages_messages_msg_id ON packages_messages (msg_id);
CREATE INDEX ix_packages_messages_msg_timestamp ON packages_messages (msg_timestamp);
