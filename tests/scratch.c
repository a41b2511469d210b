/* scratch.c - answers brought up to date piece by piece are those calculated from scratch, whatever
 * is done to them: build/tests/scratch [--seed N] [--rounds N] [--seconds N] [FILE|DIR]...
 *
 * Every form below the folders is filled in at random: answers, rows, documents, several at once,
 * read in another language meanwhile. After each change everything that follows from the answers is
 * written down, and again of the same answers taken up anew and calculated from scratch. A round is
 * one sitting with each form; its seed is the round's number, so that
 * `scratch --seed 17 --rounds 1 FILE` does again what failed. Stops after so many rounds or
 * seconds. Without folders: the examples, tests/cases, the corpus beside this repository, and in
 * each round forms made at random (made.h; `made:17` is such a form's name in place of a file,
 * --print 17 writes it). */
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "forms/answers_inside.h"
#include "forms/bind.h"
#include "forms/package.h"
#include "forms/parse.h"
#include "forms/validate.h"
#include "tests/made.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    NOW = 1795434000, /* 2026-11-23T12:40:00+01:00 */
    MOST_FORMS = 1000,
    MOST_WORDS = 400,
    MOST_ROWS = 6,  /* of a repeat: more do not tell more */
    CHANGES = 24,   /* of one sitting */
    MOST_MS = 2000, /* of one sitting: the largest forms have fewer changes */
    MADE_A_ROUND = 200,
    EXIT_DIFFERENT = 1,
};

#define MADE "made:" /* and a seed: a form's name */

struct subject {
    const char *path;
    struct arena *arena;
    struct form *form;
    const char **words; /* what the form compares answers with */
    size_t word_count;
};

/* ---- Chance ---- */

static uint64_t chance_state;

/* A number below `below` (splitmix64). */
static size_t chance(size_t below)
{
    uint64_t z = chance_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return below ? (size_t)(z % below) : 0;
}

static void chance_seed(unsigned long seed, const char *path)
{
    chance_state = seed;
    for (const char *at = path; *at; at++)
        chance_state = chance_state * 31 + (unsigned char)*at;
}

/* ---- Everything that follows from the answers ---- */

struct writing {
    struct buf out;
    struct answers *answers;
};

static void write_choices(struct writing *writing, const struct place *place)
{
    const struct form_control *control = place->field->control;
    if (!control || !control->items || !place->relevant)
        return;
    struct answers_choice *choices;
    size_t count = answers_choices(writing->answers, writing->out.arena, control, place,
                                   writing->answers->language, &choices);
    for (size_t i = 0; i < count; i++)
        buf_printf(&writing->out, " %s%s=%s", choices[i].chosen ? "*" : "", choices[i].value,
                   choices[i].label.text);
}

static void write_place(struct writing *writing, const struct place *place)
{
    struct answers *answers = writing->answers;
    buf_printf(&writing->out, "%s = \"%s\"%s%s%s%s valid %d", place_path(writing->out.arena, place),
               place_value(place), place->relevant ? "" : " hidden",
               place_is_required(answers, place) ? " required" : "",
               place_is_readonly(answers, place) ? " readonly" : "",
               bind_holds(answers, place) ? "" : " broken", validate_place(answers, place));
    write_choices(writing, place);
    buf_add_byte(&writing->out, '\n');
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            write_place(writing, row);
}

static void write_pages(struct writing *writing)
{
    size_t count;
    const struct form_page *pages = form_pages(writing->answers->form, &count);
    for (size_t i = 0; i < count; i++)
        buf_printf(&writing->out, "page %s %s %s\n", pages[i].word,
                   answers_page_is_shown(writing->answers, &pages[i]) ? "shown" : "hidden",
                   validate_page_is_done(writing->answers, &pages[i]) ? "done" : "open");
}

static const char *write_all(struct arena *arena, struct answers *answers)
{
    struct writing writing = {.answers = answers};
    buf_init(&writing.out, arena);
    write_place(&writing, answers_root(answers));
    write_pages(&writing);
    struct bytes sent = answers_write(answers, arena, ANSWERS_SENT);
    buf_add(&writing.out, sent);
    return buf_text(&writing.out);
}

/* The first line in which they differ. */
static bool are_equal(const struct subject *subject, const char *what, const char *piecewise,
                      const char *scratch)
{
    if (strcmp(piecewise, scratch) == 0)
        return true;
    size_t same = 0;
    while (piecewise[same] == scratch[same])
        same++;
    while (same && piecewise[same - 1] != '\n')
        same--;
    printf("%s: %s\n  piece by piece  %.*s\n  from scratch    %.*s\n", subject->path, what,
           (int)strcspn(piecewise + same, "\n"), piecewise + same,
           (int)strcspn(scratch + same, "\n"), scratch + same);
    return false;
}

static bool check(const struct subject *subject, struct answers *answers, const char *what)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *piecewise = write_all(arena, answers);

    CLEANUP(answers_close) struct answers *fresh = NULL;
    struct error err = {0};
    struct bytes draft = answers_write(answers, arena, ANSWERS_DRAFT);
    if (!answers_load(subject->form, NOW, draft, &fresh, &err)) {
        printf("%s: %s: the draft cannot be read: %s\n", subject->path, what, err.text);
        return false;
    }
    answers_speak(fresh, answers->language);
    bool good = are_equal(subject, what, piecewise, write_all(arena, fresh));
    answers_recalculate(answers);
    return good && are_equal(subject, what, piecewise, write_all(arena, answers));
}

/* ---- Changes ---- */

static void list_places(struct place *place, struct place ***out, size_t *count, size_t *capacity,
                        struct arena *arena)
{
    if (*count == *capacity) {
        struct place **grown = ARENA_ARRAY(arena, *capacity * 2 + 64, struct place *);
        if (*count)
            memcpy(grown, *out, *count * sizeof *grown);
        *out = grown;
        *capacity = *capacity * 2 + 64;
    }
    (*out)[(*count)++] = place;
    for (const struct form_field *child = place->field->first_child; child; child = child->next)
        for (struct place *row = place_child(place, child); row; row = row->next_row)
            list_places(row, out, count, capacity, arena);
}

static struct place *any_place(struct arena *arena, struct answers *answers)
{
    struct place **places = NULL;
    size_t count = 0, capacity = 0;
    list_places(answers_root(answers), &places, &count, &capacity, arena);
    return places[chance(count)];
}

/* Values that decide something: of its choices, of the form's expressions, or of its type. */
static const char *any_value(struct arena *arena, const struct subject *subject,
                             struct answers *answers, const struct place *place)
{
    static const char *const usual[] = {"",           "1",   "2",     "0",    "3.5",
                                        "-1",         "yes", "true",  "tull", "2026-11-23",
                                        "1990-02-28", "10",  "120000"};
    const struct form_control *control = place->field->control;
    if (control && control->items && chance(4)) {
        struct answers_choice *choices = NULL;
        size_t count = answers_choices(answers, arena, control, place, answers->language, &choices);
        const char *one = count ? choices[chance(count)].value : "";
        const char *two = count ? choices[chance(count)].value : "";
        return control->kind == FORM_SELECT && chance(2) ? arena_printf(arena, "%s %s", one, two)
                                                         : arena_text(arena, one);
    }
    if (subject->word_count && chance(2))
        return subject->words[chance(subject->word_count)];
    return usual[chance(COUNT(usual))];
}

static void change_rows(struct arena *arena, const struct subject *subject, struct answers *answers,
                        struct buf *told)
{
    size_t count;
    const struct form_control *const *controls = form_controls(subject->form, &count);
    const struct form_control *control = controls[chance(count)];
    if (control->kind != FORM_REPEAT)
        return;
    const struct place *from = any_place(arena, answers);
    struct place **rows, *row;
    size_t have = answers_rows(answers, arena, control, from, &rows);
    if (have && (have >= MOST_ROWS || chance(2))) {
        row = rows[chance(have)];
        if (!answers_can_remove(answers, control, row))
            return;
        buf_printf(told, "remove %s; ", place_path(arena, row));
        answers_remove(answers, row);
        return;
    }
    struct error err;
    if (answers_can_add(answers, control, from) && answers_add(answers, control, from, &row, &err))
        buf_printf(told, "add %s; ", place_path(arena, row));
}

static void change_upload(struct arena *arena, struct answers *answers, struct place *upload,
                          struct buf *told)
{
    const struct attachment_info info = {.source = chance(2) ? "postbox" : "disk",
                                         .document = chance(2) ? "d1" : "d2",
                                         .name = "vedlegg.pdf",
                                         .issuer = "974760673",
                                         .issued = "2024-06-20",
                                         .type = "diploma",
                                         .sha256 = "00"};
    struct error err;
    buf_printf(told, "document at %s; ", place_path(arena, upload));
    switch (chance(3)) {
    case 0:
        (void)!answers_attach(answers, upload, &info, &err);
        return;
    case 1:
        (void)answers_detach(answers, upload, info.document);
        return;
    default:
        answers_send_later(answers, upload, chance(2));
    }
}

static void change_value(struct arena *arena, const struct subject *subject,
                         struct answers *answers, struct buf *told)
{
    struct place *place = any_place(arena, answers);
    if (place->field->is_group)
        return;
    const struct form_control *control = place->field->control;
    if (control && control->kind == FORM_UPLOAD) {
        change_upload(arena, answers, place, told);
        return;
    }
    const char *value = any_value(arena, subject, answers, place);
    struct error err;
    buf_printf(told, "set %s to \"%s\"; ", place_path(arena, place), value);
    (void)!answers_set(answers, place, value, &err);
}

static void press_button(struct arena *arena, const struct subject *subject,
                         struct answers *answers, struct buf *told)
{
    size_t count;
    const struct form_control *const *controls = form_controls(subject->form, &count);
    const struct form_control *control = controls[chance(count)];
    if (control->kind != FORM_BUTTON)
        return;
    buf_printf(told, "press the button of line %d; ", control->line);
    answers_press(answers, control, chance(3) ? NULL : any_place(arena, answers));
}

static void change_language(const struct subject *subject, struct answers *answers,
                            struct buf *told)
{
    size_t count;
    const char *const *languages = form_languages(subject->form, &count);
    const char *language = languages[chance(count)];
    buf_printf(told, "speak %s; ", language);
    answers_speak(answers, language);
}

/* One or a few changes, as one POST makes them; what was done is told. */
static const char *change_something(struct arena *arena, const struct subject *subject,
                                    struct answers *answers)
{
    struct buf told;
    buf_init(&told, arena);
    size_t times = chance(3) ? 1 : 1 + chance(6);
    if (times > 1)
        answers_begin(answers);
    for (size_t i = 0; i < times; i++)
        if (chance(4))
            change_value(arena, subject, answers, &told);
        else
            change_rows(arena, subject, answers, &told);
    if (times > 1)
        answers_end(answers);
    if (chance(6) == 0)
        press_button(arena, subject, answers, &told);
    if (chance(8) == 0)
        change_language(subject, answers, &told);
    return buf_text(&told);
}

/* Whoever reads the answers in another language changes nothing. */
static void read_in_another_language(struct arena *arena, const struct subject *subject,
                                     struct answers *answers)
{
    size_t language_count, control_count;
    const char *const *languages = form_languages(subject->form, &language_count);
    const char *language = languages[chance(language_count)];
    const struct form_control *const *controls = form_controls(subject->form, &control_count);
    for (size_t i = 0; i < control_count; i++) {
        const struct place *place = answers_shown(answers, controls[i], NULL);
        if (!place)
            continue;
        (void)answers_show(answers, arena, controls[i]->label, place, language);
        (void)answers_read(answers, arena, controls[i], place, language);
    }
}

static bool sit_down(const struct subject *subject, unsigned long seed)
{
    chance_seed(seed, subject->path);
    CLEANUP(answers_close) struct answers *answers = answers_open(subject->form, NOW);
    int64_t end_ms = clock_monotonic_ms() + MOST_MS;
    const char *what = "opened";
    CLEANUP(arena_close) struct arena *arena = arena_open();
    bool good = check(subject, answers, what);
    for (int i = 0; good && i < CHANGES && clock_monotonic_ms() < end_ms; i++) {
        what = change_something(arena, subject, answers);
        if (chance(8) == 0)
            read_in_another_language(arena, subject, answers);
        good = !*what || check(subject, answers, what);
    }
    if (!good)
        printf("  again: scratch --seed %lu --rounds 1 %s\n", seed, subject->path);
    return good;
}

/* ---- Forms ---- */

/* Words in quotes and between tags: what answers are compared with. */
static void collect_words(struct subject *subject, struct bytes source)
{
    enum { LONGEST = 24 };
    subject->words = ARENA_ARRAY(subject->arena, MOST_WORDS, const char *);
    const char *text = arena_text_of(subject->arena, source);
    for (const char *at = text; *at && subject->word_count < MOST_WORDS; at++) {
        if (!strchr("'\"> ", *at))
            continue;
        size_t size = strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:"
                                     "0123456789");
        char after = at[1 + size];
        bool quoted = *at == '\'' && after == '\'', inside = *at == '>' && after == '<';
        bool number = *at == ' ' && at[1] >= '0' && at[1] <= '9' && strchr(" )\"'", after);
        if (size == 0 || size > LONGEST || !(quoted || inside || number) || chance(3) == 0)
            continue;
        subject->words[subject->word_count++] =
            arena_text_of(subject->arena, (struct bytes){(const unsigned char *)at + 1, size});
    }
}

static struct subject *subjects[MOST_FORMS];
static size_t subject_count;

/* A calculate that reads what it wrote (XForms 1.1, D.1 lets it) is another each time; in rows it
 * stands still only where each builds on the one before. */
static bool is_restless(const struct form *form)
{
    for (size_t i = 0; i < form->field_count; i++)
        for (size_t r = 0; r < form->links[i].reader_count; r++) {
            const struct rule *rule = &form->rules[form->links[i].readers[r].rule];
            bool own = rule->field == form->fields[i] || rule->reads_itself;
            if (own && !text_starts_with(rule->xpath->source, "sum(../preceding-sibling::"))
                return true;
        }
    return false;
}

static struct bytes read_file(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return (struct bytes){0};
    unsigned char *data = arena_alloc(arena, FORM_MAX_BYTES);
    struct bytes source = {data, fread(data, 1, FORM_MAX_BYTES, file)};
    fclose(file);
    return source;
}

static void close_subject(struct subject **subject)
{
    if (!*subject)
        return;
    form_close(&(*subject)->form);
    struct arena *arena = (*subject)->arena;
    arena_close(&arena);
    *subject = NULL;
}

/* A form of a file, or "made:17"; NULL when it does not load. */
static struct subject *open_subject(const char *path)
{
    struct arena *arena = arena_open();
    struct subject *subject = ARENA_NEW(arena, struct subject);
    struct finding_list findings;
    finding_list_init(&findings, arena);
    *subject = (struct subject){.path = arena_text(arena, path), .arena = arena};
    struct bytes source;
    if (text_starts_with(path, MADE)) {
        source = BYTES_OF(made_form(arena, strtoul(path + strlen(MADE), NULL, 10)));
        subject->form = parse_form(source, path, &findings);
        if (subject->form && is_restless(subject->form))
            form_close(&subject->form);
    } else {
        source = read_file(arena, path);
        subject->form = package_form(path, &findings);
    }
    if (!subject->form) {
        close_subject(&subject);
        return NULL;
    }
    chance_seed(0, path);
    collect_words(subject, source);
    return subject;
}

static void add_form(const char *path)
{
    struct subject *subject = subject_count < MOST_FORMS ? open_subject(path) : NULL;
    if (subject)
        subjects[subject_count++] = subject;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The forms of a file or of a folder and all below it, in name order. */
static void add_path(struct arena *arena, const char *path)
{
    struct stat status;
    DIR *folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? opendir(path) : NULL;
    if (!folder) {
        if (text_ends_with(path, ".xml") || text_starts_with(path, MADE))
            add_form(path);
        return;
    }
    const char **names = ARENA_ARRAY(arena, MOST_FORMS, const char *);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL && count < MOST_FORMS;)
        if (entry->d_name[0] != '.')
            names[count++] = arena_printf(arena, "%s/%s", path, entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++)
        add_path(arena, names[i]);
}

/* Those that come with the repository, and those beside it when they are there. */
static void add_usual(struct arena *arena)
{
    add_path(arena, "examples");
    add_path(arena, "tests/cases");
    const char *shared = getenv("SKJEMA_SHARED");
    const char *corpus = arena_printf(arena, "%s/corpus/xforms", shared ? shared : "../shared");
    struct stat status;
    if (stat(corpus, &status) == 0)
        add_path(arena, corpus);
    else
        printf("skipped: %s is not here\n", corpus);
}

struct tally {
    size_t sittings, different;
};

static void sit_down_with(const struct subject *subject, unsigned long seed, struct tally *tally)
{
    tally->sittings++;
    tally->different += !sit_down(subject, seed);
}

/* Forms made for this round alone. */
static void sit_down_with_made(unsigned long seed, int64_t end_ms, struct tally *tally)
{
    for (unsigned long i = 0; i < MADE_A_ROUND && clock_monotonic_ms() < end_ms; i++) {
        char name[40];
        snprintf(name, sizeof name, MADE "%lu", seed * MADE_A_ROUND + i);
        CLEANUP(close_subject) struct subject *subject = open_subject(name);
        if (subject)
            sit_down_with(subject, seed, tally);
    }
}

int main(int count, char **words)
{
    unsigned long seed = 1, rounds = 3, seconds = 3600, printed = 0;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    xml_start();
    for (int i = 1; i < count; i++) {
        unsigned long *number = text_equal(words[i], "--seed")      ? &seed
                                : text_equal(words[i], "--rounds")  ? &rounds
                                : text_equal(words[i], "--seconds") ? &seconds
                                : text_equal(words[i], "--print")   ? &printed
                                                                    : NULL;
        if (!number)
            add_path(arena, words[i]);
        else if (++i < count)
            *number = strtoul(words[i], NULL, 10);
    }
    if (printed) {
        fputs(made_form(arena, printed), stdout);
        return 0;
    }
    bool usual = subject_count == 0;
    if (usual)
        add_usual(arena);

    int64_t end_ms = clock_monotonic_ms() + (int64_t)seconds * 1000;
    struct tally tally = {0};
    for (unsigned long round = seed; round < seed + rounds; round++) {
        for (size_t i = 0; i < subject_count && clock_monotonic_ms() < end_ms; i++)
            sit_down_with(subjects[i], round, &tally);
        if (usual)
            sit_down_with_made(round, end_ms, &tally);
    }
    printf("seed %lu: %zu forms and those made, %zu sittings, %zu different\n", seed, subject_count,
           tally.sittings, tally.different);
    for (size_t i = 0; i < subject_count; i++)
        close_subject(&subjects[i]);
    return tally.different || tally.sittings == 0 ? EXIT_DIFFERENT : 0;
}
