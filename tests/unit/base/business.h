/* business.h - business certificates for tests, made by the openssl program in a folder: a root
 * (root.pem), and under it who signs and who receives, with RSA keys (NAME.pem, NAME.key). */
#pragma once

#include "tests/unit/base/openssl.h"

#define AGENCY "310000004"
#define MAILBOX "984661185"

static inline struct bytes business_file(struct arena *arena, const char *folder, const char *name)
{
    return openssl_file(arena, folder, name);
}

/* NAME.pem and NAME.key by BY; subject "/O=Etaten/organizationIdentifier=NTRNO-310000004". */
static inline void business_certify(struct arena *arena, const char *folder, const char *name,
                                    const char *subject, const char *by, const char *more)
{
    static int made; /* a serial number that xmllint takes for a number: not 20 bytes long */
    openssl_run(arena, folder,
                arena_printf(arena,
                             "req -x509 -newkey rsa:2048 -nodes -keyout %s.key -out %s.pem -subj "
                             "'/C=NO%s' -days 30 -CA %s.pem -CAkey %s.key "
                             "-addext basicConstraints=critical,CA:FALSE -set_serial %d %s",
                             name, name, subject, by, by, 20260000 + ++made, more));
}

#define BUSINESS_USE "-addext keyUsage=digitalSignature,keyEncipherment"

/* root, agency (with chain.pem: agency and root) and mailbox. */
static inline void business_make(struct arena *arena, const char *folder)
{
    openssl_certify(arena, folder, "root", "/C=NO/O=TEST ONLY/CN=Test root", NULL,
                    "-addext keyUsage=keyCertSign");
    business_certify(arena, folder, "agency",
                     "/O=Eksempeletaten/CN=Etaten/organizationIdentifier=NTRNO-" AGENCY, "root",
                     BUSINESS_USE);
    business_certify(arena, folder, "mailbox", "/O=Postkassen/CN=Postkassen/serialNumber=" MAILBOX,
                     "root", BUSINESS_USE);
    struct bytes agency = business_file(arena, folder, "agency.pem");
    struct bytes root = business_file(arena, folder, "root.pem");
    folder_write(
        arena, folder, "chain.pem",
        arena_printf(arena, "%s%s", arena_text_of(arena, agency), arena_text_of(arena, root)));
}

/* Any bytes, whole. */
static inline void business_write(struct arena *arena, const char *folder, const char *name,
                                  struct bytes bytes)
{
    FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

/* Whether a command in the folder succeeds; what it says is in FOLDER/said. */
static inline bool business_run(struct arena *arena, const char *folder, const char *command)
{
    return system(arena_printf(arena, "cd %s && (%s) >said 2>&1", folder, command)) == 0;
}

/* The same, with what it said shown when it does not. */
static inline void business_must(struct arena *arena, const char *folder, const char *command)
{
    if (!business_run(arena, folder, command))
        fail_msg("%s: %s", command, arena_text_of(arena, business_file(arena, folder, "said")));
}

/* A path that holds in another folder too. */
static inline const char *business_absolute(struct arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    assert_non_null(real);
    const char *copy = arena_text(arena, real);
    free(real);
    return copy;
}
