-- With their triggers.
DROP FUNCTION ties_need_messages CASCADE;
DROP FUNCTION messages_carry CASCADE;
