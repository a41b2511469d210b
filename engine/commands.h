/* commands.h - what the program can be told to do; each in its cmd_ file. A command gets the words
 * after its name and returns the exit status: 0 well, 1 it did not work out, 2 wrong words. */
#pragma once

int cmd_serve(int count, char **words);
int cmd_lint(int count, char **words); /* its own: 0 clean, 1 warnings, 2 errors, 64 wrong words */
int cmd_new(int count, char **words);
int cmd_outline(int count, char **words);
int cmd_test(int count, char **words);
int cmd_render(int count, char **words);
int cmd_config(int count, char **words);
int cmd_keys(int count, char **words);
int cmd_issue(int count, char **words);
int cmd_decide(int count, char **words);
int cmd_audit(int count, char **words);
int cmd_outbox(int count, char **words);
int cmd_backup(int count, char **words);
int cmd_restore_check(int count, char **words);
int cmd_open(int count, char **words);
int cmd_verify(int count, char **words);
int cmd_sandbox(int count, char **words);
