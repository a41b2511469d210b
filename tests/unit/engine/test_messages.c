/* The tables of messages, held against each other and against the sources that use them. */
#include "engine/base/buf.h"
#include "engine/base/text.h"
#include "engine/files.h"
#include "forms/texts.h"
#include "storage/audit.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

extern const struct texts_table texts_site, texts_receipt, texts_pages, texts_summary,
    texts_idporten;

static const struct {
    const char *file;
    const struct texts_table *table;
} tables[] = {
    {"forms/messages.tsv", &texts_fields},       {"forms/summary.tsv", &texts_summary},
    {"render/messages.tsv", &texts_site},        {"render/receipt_messages.tsv", &texts_receipt},
    {"engine/pages/messages.tsv", &texts_pages}, {"engine/sandbox/idporten.tsv", &texts_idporten}};

static const char *const folders[] = {"forms",        "render",       "engine",
                                      "engine/pages", "engine/reuse", "engine/sandbox"};

static const char *cell(const struct texts_table *table, size_t row, size_t column)
{
    return table->cells[row * table->language_count + column];
}

static void every_message_is_there_in_every_language(void **state)
{
    (void)state;
    static const char *const languages[] = {"nb", "nn", "en", "se"};
    int missing = 0;
    for (size_t t = 0; t < COUNT(tables); t++) {
        const struct texts_table *table = tables[t].table;
        bool for_authors = table == &texts_summary; /* those who approve forms */
        assert_int_equal(table->language_count, for_authors ? 3 : COUNT(languages));
        for (size_t l = 0; l < table->language_count; l++)
            assert_string_equal(table->languages[l], languages[l]);
        for (size_t i = 0; i < table->id_count; i++)
            for (size_t l = 0; l < table->language_count; l++)
                if (!*cell(table, i, l)) {
                    print_error("%s: %s is missing in %s\n", tables[t].file, table->ids[i],
                                languages[l]);
                    missing++;
                }
    }
    assert_int_equal(missing, 0);
}

/* "{Felt}" and "{felt}" are the same placeholder. */
static bool has_placeholder(const char *text, const char *name)
{
    size_t size = strcspn(name, "}");
    for (const char *at = text; (at = strchr(at, '{')) != NULL; at++)
        if (strcspn(at + 1, "}") == size && (at[1] | 0x20) == (name[0] | 0x20) &&
            strncmp(at + 2, name + 1, size - 1) == 0)
            return true;
    return false;
}

/* The number itself may be written out where there is one: "1 dokument". */
static bool says_one(const char *id, const char *name)
{
    return text_ends_with(id, ".1") && text_starts_with(name, "n}");
}

static void every_language_has_the_same_placeholders(void **state)
{
    (void)state;
    int different = 0;
    for (size_t t = 0; t < COUNT(tables); t++) {
        const struct texts_table *table = tables[t].table;
        for (size_t i = 0; i < table->id_count; i++)
            for (size_t from = 0; from < table->language_count; from++)
                for (const char *at = cell(table, i, from); (at = strchr(at, '{')) != NULL; at++)
                    for (size_t to = 0; to < table->language_count; to++)
                        if (!has_placeholder(cell(table, i, to), at + 1) &&
                            !says_one(table->ids[i], at + 1)) {
                            print_error("%s: %s: %s has no {%.*s}\n", tables[t].file, table->ids[i],
                                        table->languages[to], (int)strcspn(at + 1, "}"), at + 1);
                            different++;
                        }
    }
    assert_int_equal(different, 0);
}

/* ---- The sources ---- */

/* All .c and .h files of the folders, one after the other. */
static const char *all_sources(struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < COUNT(folders); i++) {
        DIR *folder = opendir(folders[i]);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            if (!text_ends_with(entry->d_name, ".c") && !text_ends_with(entry->d_name, ".h"))
                continue;
            struct bytes content;
            struct error err;
            char *path = arena_printf(arena, "%s/%s", folders[i], entry->d_name);
            assert_true(files_read(arena, path, 1024 * 1024, &content, &err));
            buf_add(&out, content);
        }
        closedir(folder);
    }
    return buf_text(&out);
}

/* The literal as a whole, or one that an id is made from with %s. */
static bool is_written(struct arena *arena, const char *sources, const char *id)
{
    if (strstr(sources, arena_printf(arena, "\"%s\"", id)))
        return true;
    const char *dot = strrchr(id, '.');
    return dot && strstr(sources, arena_printf(arena, "\"%.*s.%%s\"", (int)(dot - id), id));
}

static bool is_used(struct arena *arena, const char *sources, const char *id)
{
    if (is_written(arena, sources, id))
        return true;
    bool counts = text_ends_with(id, ".1") || text_ends_with(id, ".n");
    return counts &&
           is_written(arena, sources, arena_printf(arena, "%.*s", (int)strlen(id) - 2, id));
}

static void every_message_is_used(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *sources = all_sources(arena);
    int unused = 0;
    for (size_t t = 0; t < COUNT(tables); t++)
        for (size_t i = 0; i < tables[t].table->id_count; i++)
            if (!is_used(arena, sources, tables[t].table->ids[i])) {
                print_error("%s: nothing says %s\n", tables[t].file, tables[t].table->ids[i]);
                unused++;
            }
    assert_int_equal(unused, 0);
}

static bool is_there(struct arena *arena, const char *id)
{
    for (size_t t = 0; t < COUNT(tables); t++)
        if (texts_find(tables[t].table, id, "nb").text ||
            texts_find(tables[t].table, arena_printf(arena, "%s.n", id), "nb").text)
            return true;
    return false;
}

/* The ids among the literals of one call, which ends with its bracket: words with a dot between. */
static int check_call(struct arena *arena, const char *at)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz._0123456789";
    int depth = 1, missing = 0;
    for (; depth > 0 && *at && *at != ';'; at++) {
        depth += (*at == '(') - (*at == ')');
        if (*at != '"')
            continue;
        size_t size = strcspn(at + 1, "\"");
        char *id = arena_printf(arena, "%.*s", (int)size, at + 1);
        at += size + 1;
        if (strchr(id, '.') && strspn(id, letters) == size && !is_there(arena, id)) {
            print_error("no table has %s\n", id);
            missing++;
        }
    }
    return missing;
}

static void everything_that_is_said_is_in_a_table(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "message(",   "message_with(", "message_count(", "message_of(",   "say(",       "say_of(",
        "say_count(", "texts_say(",    "texts_count(",   "write_moment(", "write_term("};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *sources = all_sources(arena);
    int missing = 0, calls_seen = 0;
    for (size_t i = 0; i < COUNT(calls); i++)
        for (const char *at = sources; (at = strstr(at, calls[i])) != NULL; at++, calls_seen++)
            missing += check_call(arena, at + strlen(calls[i]));
    assert_true(calls_seen > 300);
    assert_int_equal(missing, 0);
}

/* The workings, which nobody's log on Min side shows (security.md S-AUD-3). */
static bool is_technical(enum audit_action action)
{
    static const enum audit_action technical[] = {AUDIT_ACCESS_REFUSED, AUDIT_DELIVERY_RETRIED,
                                                  AUDIT_DRAFT_MOVED, AUDIT_STARTED,
                                                  AUDIT_KEYS_CHANGED};
    for (size_t i = 0; i < COUNT(technical); i++)
        if (technical[i] == action)
            return true;
    return false;
}

static void aud_3_everything_that_is_logged_of_a_person_has_plain_words(void **state)
{
    (void)state;
    CLEANUP(arena_close) struct arena *arena = arena_open();
    for (int i = 0; i < AUDIT_ACTIONS; i++) {
        const char *name = audit_action_name((enum audit_action)i);
        if (is_technical((enum audit_action)i) ==
            is_there(arena, arena_printf(arena, "log.%s", name)))
            fail_msg("%s has no words, or has them for nothing", name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_is_there_in_every_language),
        cmocka_unit_test(every_language_has_the_same_placeholders),
        cmocka_unit_test(every_message_is_used),
        cmocka_unit_test(aud_3_everything_that_is_logged_of_a_person_has_plain_words),
        cmocka_unit_test(everything_that_is_said_is_in_a_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
