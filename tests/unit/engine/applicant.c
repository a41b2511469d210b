#include "applicant.h"

#include "engine/base/clock.h"
#include "tests/application.h"

enum { DAY = 86400 };

void applicant_open(struct applicant *applicant)
{
    void *state;
    assert_int_equal(store_setup(&state), 0);
    struct store *store = applicant->store = state;
    clock_set(APPLICATION_NOW);
    applicant->config.later_days = 21;
    applicant->config.agency_look = "";
    applicant->app.config = &applicant->config;
    applicant->app.arena = store->arena;
    applicant->app.db = store->pool;
    applicant->app.agency = (struct frame_agency){.name = "Fjordvik kommune",
                                                  .number = "310245682",
                                                  .address = "Rådhusgata 1, 9999 Fjordvik",
                                                  .phone = "00 00 00 00",
                                                  .email = "post@fjordvik.example"};
    WORKS(store, catalogue_open("examples", FORM_AGENCY_UNSAID, NULL, NULL, &applicant->app.forms,
                                &store->err));
    versions_open(applicant->app.forms, &applicant->app.versions);
    applicant->visitor =
        (struct visitor){.app = &applicant->app, .is_known = true, .language = "nb"};
    applicant->visitor.session.login.acr = "idporten-loa-high";
    WORKS(store, citizens_know(store->arena, store->db, KARI, "Kari Test",
                               &applicant->visitor.session.citizen, &store->err));
}

int applicant_close(struct applicant *applicant)
{
    void *state = applicant->store;
    versions_close(&applicant->app.versions);
    catalogue_close(&applicant->app.forms);
    clock_set(0);
    return store_teardown(&state);
}

const char *applicant_draft(struct applicant *applicant)
{
    struct store *store = applicant->store;
    const struct package *package = catalogue_find(applicant->app.forms, APPLICATION_FORM);
    CLEANUP(answers_close) struct answers *answers = answers_open(package->form, clock_now());
    application_fill(answers);
    struct draft_start start = {.form_id = package->id,
                                .form_version = package->digest,
                                .language = "nb",
                                .answers = answers_write(answers, store->arena, ANSWERS_DRAFT),
                                .page = ""};
    struct draft row;
    WORKS(store, drafts_create(store->arena, store->db, applicant->visitor.session.citizen.id,
                               &start, &row, &store->err));
    return row.id;
}

struct attachment applicant_attach(struct applicant *applicant, struct open_draft *draft,
                                   const char *upload_path, enum attachment_source source)
{
    struct store *store = applicant->store;
    bool later = source == ATTACHMENT_LATER;
    struct attachment wish = {
        .requirement = place_id(store->arena, application_at(draft->answers, upload_path)),
        .source = source,
        .name = later ? "Siste skattemelding" : "skattemelding.pdf",
        .media_type = later ? "" : "application/pdf",
        .expected_by = later ? clock_now() + DAY : 0};
    struct attachment added;
    WORKS(store, attachments_add(store->arena, store->db, applicant->visitor.session.citizen.id,
                                 draft->row.id, &wish, later ? NULL : CONTENT("%PDF-1.7 x"), &added,
                                 &store->err));
    return added;
}
