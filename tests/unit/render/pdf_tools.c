#include "pdf_tools.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void read_all(FILE *file, struct buf *out)
{
    unsigned char block[4096];
    for (size_t size; (size = fread(block, 1, sizeof block, file)) > 0;)
        buf_add(out, (struct bytes){block, size});
}

static struct bytes run(struct arena *arena, const char *command, struct bytes pdf)
{
    const char *folder = getenv("TMPDIR");
    char *path = arena_printf(arena, "%s/skjema-test-XXXXXX", folder ? folder : "/tmp");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, pdf.data, pdf.size), (ssize_t)pdf.size);
    close(file);

    const char *at = strstr(command, "%s");
    assert_non_null(at);
    const char *line =
        arena_printf(arena, "{ %.*s%s%s; } 2>&1", (int)(at - command), command, path, at + 2);
    FILE *output = popen(line, "r");
    assert_non_null(output);
    struct buf text;
    buf_init(&text, arena);
    read_all(output, &text);
    int status = pclose(output);
    unlink(path);
    if (status)
        fail_msg("%s: %s", command, buf_text(&text));
    return buf_bytes(&text);
}

char *pdf_tools_run(struct arena *arena, const char *command, struct bytes pdf)
{
    return arena_text_of(arena, run(arena, command, pdf));
}

char *pdf_tools_text(struct arena *arena, struct bytes pdf, int page)
{
    const char *command = "pdftotext -layout %s -";
    if (page)
        command = arena_printf(arena, "pdftotext -layout -f %d -l %d %%s -", page, page);
    return pdf_tools_run(arena, command, pdf);
}

char *pdf_tools_objects(struct arena *arena, struct bytes pdf)
{
    return pdf_tools_run(arena, "qpdf --qdf --object-streams=disable %s - | LC_ALL=C tr -d '\\000'",
                         pdf);
}

size_t pdf_tools_ink(struct arena *arena, struct bytes pdf)
{
    const char header[] = "P5\n595 842\n255\n";
    struct bytes image =
        run(arena, "pdftoppm -gray -r 72 -scale-to-x 595 -scale-to-y 842 -f 1 -l 1 %s", pdf);
    size_t start = sizeof header - 1, dark = 0;
    assert_int_equal(image.size, start + 595 * 842);
    assert_memory_equal(image.data, header, start);
    for (size_t i = start; i < image.size; i++)
        dark += image.data[i] < 128;
    return dark;
}

size_t pdf_tools_count(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

void pdf_tools_check(struct arena *arena, struct bytes pdf)
{
    assert_non_null(strstr(pdf_tools_run(arena, "qpdf --check %s", pdf), "No syntax or stream"));
}

void pdf_tools_quiet(struct arena *arena, struct bytes pdf)
{
    static const char *const commands[] = {"pdfinfo -struct-text %s 2>&1 >/dev/null",
                                           "pdffonts %s 2>&1 >/dev/null", "pdftotext %s /dev/null",
                                           "pdfdetach -list %s 2>&1 >/dev/null"};
    for (size_t i = 0; i < COUNT(commands); i++)
        assert_string_equal(pdf_tools_run(arena, commands[i], pdf), "");
    pdf_tools_check(arena, pdf);
}

void pdf_tools_golden(struct arena *arena, const char *name, const char *text)
{
    const char *path = arena_printf(arena, "tests/golden/pdf/%s", name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
        return;
    }
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing: run with UPDATE_GOLDEN=1 and read it", path);
    struct buf golden;
    buf_init(&golden, arena);
    read_all(file, &golden);
    fclose(file);
    assert_string_equal(text, buf_text(&golden));
}
