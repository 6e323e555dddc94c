DROP TABLE packages_messages;
DROP TABLE users_messages;
DROP FUNCTION messages_add_partition;
DROP FUNCTION messages_copy_triggers;
DROP TABLE messages;
DROP FUNCTION messages_forget;
DROP TABLE packages;
DROP TABLE users;
