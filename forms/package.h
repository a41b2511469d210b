/* package.h - a form's folder: form.xml and what lies beside it; its version is a digest of it. */
#pragma once

#include "forms/finding.h"
#include "forms/form.h"

/* One folder read. Everything is in its own arena. */
struct package {
    struct arena *arena;
    const char *folder;  /* as given */
    const char *id;      /* the folder's last name: the form's id in addresses */
    const char *digest;  /* SHA-256 of the content, hex: the version a draft stays on */
    const char *version; /* as the author calls it; may be "" */
    struct bytes source; /* form.xml with the instances it names in it: kept with what is sent */
    struct bytes file;   /* form.xml as its author wrote it: what lines and columns are of */
    struct form *form;   /* NULL when a finding is an error */
    struct finding_list findings; /* in order of lines */
};

/* Reads a folder. Mistakes of the author are findings, and then form is NULL; the call itself fails
 * only when the folder is no folder or holds no form.xml. */
CHECKED bool package_open(const char *folder, struct package **out, struct error *err);

/* The same from bytes: a package kept elsewhere, such as an old version. */
struct package *package_of(const char *id, struct bytes source);
void package_close(struct package **package);

/* Holds the form against what the law asks of that agency (publish.h): findings are added, and form
 * is NULL when it may not be published. */
void package_publish(struct package *package, enum form_agency installation);

/* A form file of any name, with the instances beside it; NULL with findings. */
struct form *package_form(const char *path, struct finding_list *findings);

/* The folders below `folder` that hold a form.xml, in name order. */
CHECKED bool package_list(struct arena *arena, const char *folder, const char *const **out,
                          size_t *count, struct error *err);

/* The cases beside a form (cases.h): the files cases/NAME.case in its folder, in name order; none
 * when it has no such folder. */
CHECKED bool package_cases(struct arena *arena, const char *folder, const char *const **out,
                           size_t *count, struct error *err);
