#include "tests/flow/ledger.h"

#include "engine/base/text.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void ledger_open(struct ledger *ledger, const char *data)
{
    *ledger = (struct ledger){.arena = arena_open()};
    snprintf(ledger->path, sizeof ledger->path, "%s/sandbox/ledger.jsonl", data);
}

void ledger_close(struct ledger *ledger)
{
    free(ledger->entries);
    ledger->entries = NULL;
    arena_close(&ledger->arena);
}

static const char *text_in(struct ledger *ledger, const json_t *entry, const char *name)
{
    const char *text = json_string_value(json_object_get(entry, name));
    return text ? arena_text(ledger->arena, text) : "";
}

static void add(struct ledger *ledger, const struct ledger_entry *entry)
{
    if (ledger->count == ledger->capacity) {
        ledger->capacity = ledger->capacity ? ledger->capacity * 2 : 256;
        ledger->entries = realloc(ledger->entries, ledger->capacity * sizeof *ledger->entries);
        if (!ledger->entries)
            abort();
    }
    ledger->entries[ledger->count++] = *entry;
}

/* As Digipost's API took it, or as a mailbox of Digital post opened it: letter is where its
 * documents are. */
static void read_message(struct ledger *ledger, const json_t *entry, const json_t *letter)
{
    const char *id = text_in(ledger, entry, "message_id");
    const json_t *documents = json_object_get(letter, "documents");
    if (!*id) /* seeded */
        return;
    add(ledger, &(struct ledger_entry){
                    .what = LEDGER_MESSAGE,
                    .message_id = id,
                    .documents = json_array_size(documents),
                    .sha256 = text_in(ledger, json_array_get(documents, 0), "sha256"),
                    .relation = "",
                    .fault = "",
                    .target = "",
                });
    ledger->messages++;
}

static void read_line(struct ledger *ledger, const char *line, size_t size)
{
    json_t *entry = json_loadb(line, size, 0, NULL);
    const char *what = json_string_value(json_object_get(entry, "what"));
    if (text_equal(what, "message"))
        read_message(ledger, entry, entry);
    else if (text_equal(what, "dpi_verdict") && json_object_get(entry, "letter"))
        read_message(ledger, entry, json_object_get(entry, "letter"));
    else if (text_equal(what, "request"))
        add(ledger, &(struct ledger_entry){
                        .what = LEDGER_REQUEST,
                        .message_id = "",
                        .sha256 = "",
                        .relation = text_in(ledger, entry, "relation"),
                        .fault = text_in(ledger, entry, "fault"),
                        .target = text_in(ledger, entry, "target"),
                        .status = (int)json_integer_value(json_object_get(entry, "status")),
                    });
    json_decref(entry);
}

void ledger_read(struct ledger *ledger)
{
    FILE *file = fopen(ledger->path, "re");
    if (!file)
        return;
    char *line = NULL;
    size_t room = 0;
    fseek(file, ledger->at, SEEK_SET);
    for (ssize_t size; (size = getline(&line, &room, file)) > 0 && line[size - 1] == '\n';) {
        read_line(ledger, line, (size_t)size);
        ledger->at += size;
    }
    free(line);
    fclose(file);
}

bool ledger_wait(struct ledger *ledger, size_t messages, int timeout_ms)
{
    for (int waited_ms = 0;; waited_ms += 5) {
        ledger_read(ledger);
        if (ledger->messages >= messages)
            return true;
        if (waited_ms >= timeout_ms)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 5000000L}, NULL);
    }
}

size_t ledger_find(const struct ledger *ledger, const char *message_id,
                   const struct ledger_entry **last)
{
    size_t found = 0;
    for (size_t i = 0; i < ledger->count; i++)
        if (text_equal(ledger->entries[i].message_id, message_id)) {
            *last = &ledger->entries[i];
            found++;
        }
    return found;
}
