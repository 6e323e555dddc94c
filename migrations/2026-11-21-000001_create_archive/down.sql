DROP TABLE packages_messages;
DROP TABLE users_messages;
DROP FUNCTION messages_add_partition;
DROP TABLE messages;
DROP TABLE packages;
DROP TABLE users;
