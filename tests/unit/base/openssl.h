/* openssl.h - keys, certificates and signatures by the openssl program, in a folder: what others
 * make, for tests. */
#pragma once

#include "tests/unit/engine/folder.h"

/* Runs `openssl words` in the folder; it must succeed. */
static inline void openssl_run(struct arena *arena, const char *folder, const char *words)
{
    const char *command =
        arena_printf(arena, "cd %s && openssl %s >openssl.out 2>&1", folder, words);
    if (system(command) != 0) /* words of ours, in a folder of ours */
        fail_msg("openssl %s: see %s/openssl.out", words, folder);
}

static inline struct bytes openssl_file(struct arena *arena, const char *folder, const char *name)
{
    char *content = arena_alloc(arena, 64 * 1024);
    FILE *file = fopen(arena_printf(arena, "%s/%s", folder, name), "rbe");
    assert_non_null(file);
    size_t size = fread(content, 1, 64 * 1024, file);
    assert_int_equal(fclose(file), 0);
    return (struct bytes){(unsigned char *)content, size};
}

/* NAME.pem and NAME.key: a certificate with that subject ("/O=Etaten/serialNumber=974761076"), by
 * itself or by another of the folder. */
static inline void openssl_certify(struct arena *arena, const char *folder, const char *name,
                                   const char *subject, const char *by, const char *more)
{
    const char *signer = by ? arena_printf(arena, "-CA %s.pem -CAkey %s.key", by, by) : "";
    openssl_run(arena, folder,
                arena_printf(arena,
                             "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                             "-keyout %s.key -out %s.pem -subj "
                             "'%s' -days 30 %s %s",
                             name, name, subject, signer, more));
}
