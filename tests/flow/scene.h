/* scene.h - what a flow test begins with: the program running on a fresh folder, and a browser. */
#pragma once

#include "tests/flow/walk.h"

struct scene {
    struct server_under_test server;
    struct walk walk;    /* its browser is open */
    const char *forms;   /* the folder served */
    const char *more[8]; /* further words to start it with; NULL-terminated */
};

/* The program, from the environment. */
const char *scene_program(void);

/* For cmocka's setup and teardown; *state becomes a struct scene. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

/* The same, without starting: for tests that start with other forms or settings. */
int scene_set_up_folder(void **state);

/* Starts the program on the folder (again, after server_stop or server_kill), with a new browser:
 * nobody is logged in. */
void scene_start_again(struct scene *scene);

/* A new person at a new browser; browser_close. */
struct browser *scene_browser(void);

/* "hello" filled in by that test person, in front of "Send". */
void scene_fill_hello(struct scene *scene, const char *name);

/* Uploads a small PDF with that name; label of the file input. */
void scene_upload(struct browser *browser, const char *label, const char *name);

/* Fails, with the page's text, unless it says so; or if it does. */
void scene_must_see(struct browser *browser, const char *text);
void scene_must_not_see(struct browser *browser, const char *text);

/* What the receipt that is open says the application is called: "SV-2026-10001". In the arena. */
const char *scene_reference(const struct scene *scene, struct arena *arena);

/* Tells the sandbox to misbehave: fault by its name, for so many requests of that relation. */
void scene_fault(struct scene *scene, const char *fault, const char *on, int count);

/* Half an hour goes by at the sandbox's ID-porten: whoever was logged in there is asked again. */
void scene_let_id_porten_forget(struct scene *scene);

/* Waits until that person has so many letters with such a title; fails when there are more, or not
 * enough within the time. */
void scene_wait_for_letters(struct scene *scene, const char *person, const char *title, int count,
                            int timeout_s);
