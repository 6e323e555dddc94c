DROP FUNCTION messages_trial;
