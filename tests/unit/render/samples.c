#include "samples.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "forms/posted.h"
#include "forms/validate.h"
#include "render/find_form.h"
#include "render/about.h"
#include "render/my_documents.h"
#include "render/agreement.h"
#include "render/insight.h"
#include "render/kept.h"
#include "render/later.h"
#include "render/letter_link.h"
#include "render/overview.h"
#include "render/sending.h"
#include "render/sharing.h"
#include "render/site.h"
#include "render/step.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* What every sample is made with. */
struct maker {
    struct arena *arena;
    const struct form *form;
    struct frame frame, stranger; /* logged in, and not */
    struct answers *answers;
    struct sample *samples;
    size_t count;
};

static const struct frame_agency agency = {.name = "Fjordvik kommune",
                                           .number = "310245682",
                                           .address = "Rådhusgata 1, 9999 Fjordvik",
                                           .phone = "00 00 00 00",
                                           .email = "post@fjordvik.example"};

struct frame samples_frame(const char *language)
{
    static const char *const languages[] = {"nb", "nn"};
    return (struct frame){
        .language = language,
        .languages = languages,
        .language_count = 2,
        .agency = &agency,
        .user_name = "Ingrid Fjeld",
        .csrf = "dG9rZW4",
        .now = SAMPLES_NOW,
    };
}

struct package *samples_form(void)
{
    struct package *package = NULL;
    struct error err = {0};
    bool opened = package_open("tests/unit/render/form", &package, &err);
    if (!opened || !package->form) {
        fprintf(stderr, "form.xml: %s\n", opened ? package->findings.items[0].text : err.text);
        abort();
    }
    return package;
}

static void add(struct maker *maker, const char *name, struct bytes page)
{
    maker->samples[maker->count++] = (struct sample){name, page};
}

/* ---- documents ---- */

static const struct outline_document tax_return = {
    .name = "Skattemelding for 2025",
    .type = "PDF",
    .size_bytes = 184000,
    .origin = OUTLINE_ORIGIN_ISSUER,
    .issuer = "Skatteetaten",
    .issuer_number = "974761076",
    .issued_at = SAMPLES_NOW - 234 * DAY,
    .attached_at = SAMPLES_NOW,
    .sha256_hex = "00",
};
static const struct outline_document pay_slip = {
    .name = "Lønnsslipp oktober 2026",
    .type = "PDF",
    .size_bytes = 92000,
    .origin = OUTLINE_ORIGIN_ISSUER,
    .issuer = "Nordlys Regnskap AS",
    .issuer_number = "310245682",
    .issued_at = SAMPLES_NOW - 42 * DAY,
    .attached_at = SAMPLES_NOW,
    .sha256_hex = "01",
};
static const struct outline_document own_slip = {
    .name = "Lønnsslipp september",
    .type = "PDF",
    .size_bytes = 88000,
    .origin = OUTLINE_ORIGIN_UNCONFIRMED,
    .issuer = "",
    .issuer_number = "",
    .issued_at = SAMPLES_NOW - 52 * DAY,
    .attached_at = SAMPLES_NOW,
    .sha256_hex = "02",
};
static const struct outline_document upload = {
    .name = "lonn-september.jpg",
    .type = "JPG",
    .size_bytes = 2400000,
    .origin = OUTLINE_ORIGIN_UPLOADED,
    .issuer = "",
    .issuer_number = "",
    .attached_at = SAMPLES_NOW - 2 * MINUTE,
    .sha256_hex = "03",
};

enum { DOCUMENT_COUNT = 3 };

static struct outline_attached *documents(struct arena *arena)
{
    struct outline_attached *out = ARENA_ARRAY(arena, DOCUMENT_COUNT, struct outline_attached);
    out[0] = (struct outline_attached){"d1", tax_return, "dok-skatt"};
    out[1] = (struct outline_attached){"d2", pay_slip, "dok-lonn"};
    out[2] = (struct outline_attached){"d3", upload, "dok-lonn"};
    return out;
}

/* ---- answers ---- */

static void answer(struct maker *maker, const char *path, const char *value)
{
    struct place *place = answers_find(maker->answers, path);
    assert(place);
    bool stored = answers_set(maker->answers, place, value, NULL);
    assert(stored);
}

static const struct form_control *control_of(const struct maker *maker, const char *path)
{
    const struct form_field *field = form_field_find(maker->form, path);
    assert(field && field->control);
    return field->control;
}

static void give(struct maker *maker, const char *path, const char *id, const char *verified)
{
    struct attachment_info info = {.source = *verified ? "postbox" : "disk",
                                   .document = id,
                                   .verified = verified,
                                   .name = "dokument",
                                   .sha256 = "00"};
    bool stored = answers_attach(maker->answers, answers_find(maker->answers, path), &info, NULL);
    assert(stored);
}

static void fill_in(struct maker *maker)
{
    answers_begin(maker->answers);
    answer(maker, "/data/husholdning/barnehage", "solbakken");
    answer(maker, "/data/husholdning/timer", "41");
    answer(maker, "/data/husholdning/fra", "2027-01-01");
    answer(maker, "/data/husholdning/sivil", "samboer");
    answer(maker, "/data/husholdning/partner/navn", "Jonas Lie Berg");
    answer(maker, "/data/husholdning/partner/inntekt", "265000");
    answer(maker, "/data/husholdning/inntekt", "425000");
    answer(maker, "/data/husholdning/endring", "Jeg gikk ned i 60 prosent stilling fra august.");
    answer(maker, "/data/husholdning/ytelse", "aap");
    answer(maker, "/data/husholdning/bekreft", "OK");
    struct place *row = NULL;
    bool added = answers_add(maker->answers, control_of(maker, "/data/husholdning/barn"),
                             answers_find(maker->answers, "/data/husholdning"), &row, NULL);
    assert(added);
    answer(maker, "/data/husholdning/barn[1]/navn", "Nora Fjeld Berg");
    answer(maker, "/data/husholdning/barn[1]/fodt", "2022-03-07");
    answer(maker, "/data/husholdning/barn[2]/navn", "Emil Fjeld Berg");
    answer(maker, "/data/husholdning/barn[2]/fodt", "2024-04-30");
    give(maker, "/data/dok/skatt", "d1", "origin");
    give(maker, "/data/dok/lonn", "d2", "origin");
    give(maker, "/data/dok/lonn", "d3", "");
    answers_end(maker->answers);
}

static void break_some(struct maker *maker)
{
    answer(maker, "/data/husholdning/inntekt", "ca 420000");
    answer(maker, "/data/husholdning/sivil", "");
    answer(maker, "/data/husholdning/barn[2]/fodt", "31.4.2024");
    answer(maker, "/data/husholdning/bekreft", "");
}

static void mend(struct maker *maker)
{
    answer(maker, "/data/husholdning/inntekt", "425000");
    answer(maker, "/data/husholdning/sivil", "samboer");
    answer(maker, "/data/husholdning/barn[2]/fodt", "2024-04-30");
    answer(maker, "/data/husholdning/bekreft", "OK");
}

/* ---- steps ---- */

static struct step_progress progress(struct maker *maker, size_t current)
{
    static const char *const titles[] = {"Søkeren", "Husholdning og inntekt", "Dokumentasjon",
                                         "Oppsummering"};
    struct step_link *links = ARENA_ARRAY(maker->arena, COUNT(titles), struct step_link);
    for (size_t i = 0; i < COUNT(titles); i++)
        links[i] =
            (struct step_link){titles[i], "/utkast/x/side",
                               i < current ? STEP_DONE : STEP_NOT_STARTED, i <= current, "nb"};
    return (struct step_progress){links, COUNT(titles), current};
}

static struct step step_of(struct maker *maker, size_t page)
{
    size_t count = 0;
    const struct form_page *pages = form_pages(maker->form, &count);
    assert(page < count);
    return (struct step){
        .answers = maker->answers,
        .page = &pages[page],
        .progress = progress(maker, page),
        .action = arena_printf(maker->arena, "/utkast/x/%s", pages[page].word),
        .revision = 7,
        .saved_at = SAMPLES_NOW - 9 * MINUTE,
        .documents = documents(maker->arena),
        .document_count = DOCUMENT_COUNT,
        .postbox = true,
        .room = {.file_bytes = 10000000,
                 .total_bytes = 50000000,
                 .used_bytes = 2584000,
                 .postbox_limits = true,
                 .checks = true},
    };
}

static void add_steps(struct maker *maker)
{
    struct step step = step_of(maker, 0);
    add(maker, "02-om-deg", step_page(maker->arena, &maker->frame, &step));
    step = step_of(maker, 1);
    add(maker, "02-steg-tomt", step_page(maker->arena, &maker->frame, &step));
    struct finding_list findings;
    finding_list_init(&findings, maker->arena);
    validate_page(maker->answers, step.page, maker->frame.language, &findings);
    step.findings = &findings;
    add(maker, "02-steg-tomt-feil", step_page(maker->arena, &maker->frame, &step));

    fill_in(maker);
    step = step_of(maker, 1);
    struct step_notice notices[] = {
        {FRAME_INFO, "Barn 3 er fjernet. 2 barn igjen.",
         posted_repeat_id(maker->arena, control_of(maker, "/data/husholdning/barn"), NULL), true}};
    step.notices = notices;
    step.notice_count = 1;
    add(maker, "02-steg", step_page(maker->arena, &maker->frame, &step));

    break_some(maker);
    step = step_of(maker, 1);
    struct finding_list more;
    finding_list_init(&more, maker->arena);
    validate_page(maker->answers, step.page, maker->frame.language, &more);
    step.findings = &more;
    add(maker, "02-steg-feil", step_page(maker->arena, &maker->frame, &step));
    mend(maker);
}

static void add_documents_step(struct maker *maker)
{
    struct step step = step_of(maker, 2);
    struct finding_list findings;
    finding_list_init(&findings, maker->arena);
    struct place *place = answers_find(maker->answers, "/data/dok/lonn");
    finding_add(&findings,
                &(struct finding){.place = place_path(maker->arena, place),
                                  .code = "file.type",
                                  .text = "lonn-august.heic kan ikke brukes. Last opp lønnsslippen "
                                          "som PDF, JPG eller PNG.",
                                  .language = "nb"});
    step.findings = &findings;
    add(maker, "03-vedlegg", step_page(maker->arena, &maker->frame, &step));

    struct outline_attached *attached = documents(maker->arena);
    step.findings = NULL;
    step.documents = attached;
    attached[1].document.check = OUTLINE_CHECKING;
    add(maker, "03-vedlegg-sjekkes", step_page(maker->arena, &maker->frame, &step));
    attached[1].document.check = OUTLINE_HELD;
    attached[2].document.check = OUTLINE_REFUSED;
    attached[2].document.active_content = true;
    add(maker, "03-vedlegg-venter", step_page(maker->arena, &maker->frame, &step));
}

/* ---- the rest ---- */

static void add_sharing(struct maker *maker)
{
    static const char *const asked[] = {"Skattemelding 2025 for deg", "Lønnsslipper"};
    static const char *const issuers[] = {"Skatteetaten (974\u00A0761\u00A0076)"};
    struct agreement_asking consent = {
        .form_title = "Søknad om redusert foreldrebetaling",
        .documents = asked,
        .document_count = COUNT(asked),
        .issuers = issuers,
        .issuer_count = COUNT(issuers),
        .share_s = 24 * HOUR,
        .action = "/utkast/x/samtykke",
        .back = "/utkast/x/dok",
        .already = "/utkast/x/velg",
    };
    add(maker, "03-samtykke", agreement_asking_page(maker->arena, &maker->frame, &consent));
    struct outline_document told_return = tax_return, told_slip = pay_slip; /* not fetched */
    told_return.origin = told_slip.origin = OUTLINE_ORIGIN_TOLD;
    struct outline_document coming[] = {told_return, told_slip, own_slip};
    static const bool fetched[] = {true, true, false};
    struct sharing_wait wait = {
        .state = SHARING_CHOOSING,
        .form_title = "Søknad om redusert foreldrebetaling",
        .mailbox_url = "https://postkassen.example/",
        .address = "/utkast/x/venter",
        .choose = "/utkast/x/velg",
        .back = "/utkast/x/dok",
        .refresh_s = 5,
    };
    add(maker, "03-velg-i-postkassen", sharing_wait_page(maker->arena, &maker->frame, &wait));
    wait.state = SHARING_FETCHING;
    wait.documents = coming;
    wait.fetched = fetched;
    wait.document_count = COUNT(coming);
    add(maker, "03-henter", sharing_wait_page(maker->arena, &maker->frame, &wait));
    wait = (struct sharing_wait){.state = SHARING_UNKNOWN_PERSON,
                                 .address = "/utkast/x/venter",
                                 .choose = "/utkast/x/velg",
                                 .back = "/utkast/x/dok"};
    add(maker, "03-uten-postkasse", sharing_wait_page(maker->arena, &maker->frame, &wait));
    struct sharing_box first[] = {{"s1 /data/skatt", "Skattemelding 2025 for deg", "nb", true},
                                  {"s1 /data/gjeld", "Opplysninger om gjeld", "nb", false}};
    struct sharing_box second = {"s2 /data/lonn", "Lønnsslipper", "nb", true};
    struct sharing_box third = {"s3 /data/lonn", "Lønnsslipper", "nb", false};
    struct sharing_choice choices[] = {
        {told_return, first, COUNT(first), NULL, NULL},
        {told_slip, &second, 1, NULL, NULL},
        {own_slip, &third, 1, NULL, NULL},
        {told_slip, NULL, 0, "Passer ikke til «Lønnsslipper»: eldre enn 6 måneder", NULL},
    };
    struct sharing_choose choose = {.form_title = "Søknad om redusert foreldrebetaling",
                                    .choices = choices,
                                    .count = COUNT(choices),
                                    .ends_at = SAMPLES_NOW + DAY,
                                    .action = "/utkast/x/velg",
                                    .back = "/utkast/x/dok"};
    add(maker, "03-delte-dokumenter", sharing_choose_page(maker->arena, &maker->frame, &choose));
    choose.earlier = true;
    choices[0].document = tax_return;
    choices[1].document = choices[3].document = pay_slip;
    for (size_t i = 0; i < COUNT(choices); i++)
        choices[i].sent = "Sendt med Søknad om redusert foreldrebetaling 3. mars 2026";
    add(maker, "03-tidligere", sharing_choose_page(maker->arena, &maker->frame, &choose));
    choose.count = 0;
    add(maker, "03-tidligere-ingen", sharing_choose_page(maker->arena, &maker->frame, &choose));
}

static void add_sending(struct maker *maker)
{
    struct sending_review review = {
        .outline = outline_make(maker->arena, maker->form, maker->answers, maker->frame.language,
                                documents(maker->arena), DOCUMENT_COUNT),
        .progress = progress(maker, 3),
        .address_of_page = "/utkast/x/",
        .action = "/utkast/x/oppsummering",
        .draft_pdf = "/utkast/x/utkast.pdf",
        .back = "/utkast/x/dok",
        .revision = 8,
        .person_name = "Ingrid Fjeld",
        .person_number = "02878520281",
    };
    add(maker, "04-oppsummering", sending_review_page(maker->arena, &maker->frame, &review));
    struct sending_obstacle obstacle = {"Legg ved skattemeldingen", "/utkast/x/dok", "nb"};
    review.obstacles = &obstacle;
    review.obstacle_count = 1;
    review.declaration_missing = true;
    add(maker, "04-oppsummering-feil", sending_review_page(maker->arena, &maker->frame, &review));

    static const struct sending_later later[] = {
        {"lønnsslipp for september", SAMPLES_NOW + 14 * DAY, 0, "/min-side/ettersend/1"},
        {"lønnsslipp for august", SAMPLES_NOW + 14 * DAY, SAMPLES_NOW, "/min-side/ettersend/2"},
    };
    struct sending_receipt receipt = {
        .form = maker->form,
        .reference = "FB-2026-004817",
        .received_at = SAMPLES_NOW,
        .answer_by = SAMPLES_NOW + 21 * DAY,
        .pdf = "/kvittering/x/soknad.pdf",
        .pdf_size_bytes = 310000,
        .delivery = SENDING_HANDED,
        .handed_at = SAMPLES_NOW + MINUTE,
        .mailbox_url = "https://postkassen.example/",
        .later = later,
        .later_count = COUNT(later),
        .outline = review.outline,
        .address = "/kvittering/x",
        .refresh_s = 5,
    };
    add(maker, "05-kvittering", sending_receipt_page(maker->arena, &maker->frame, &receipt));
    receipt.delivery = SENDING_DELIVERED;
    receipt.delivered_at = SAMPLES_NOW + 2 * MINUTE;
    receipt.refresh_s = 0;
    add(maker, "05-kvittering-levert", sending_receipt_page(maker->arena, &maker->frame, &receipt));
    receipt.delivery = SENDING_OPENED;
    receipt.mailbox = "e-Boks";
    receipt.opened_at = SAMPLES_NOW + 90 * MINUTE;
    add(maker, "05-kvittering-apnet", sending_receipt_page(maker->arena, &maker->frame, &receipt));
    receipt.delivery = SENDING_ON_PAPER;
    add(maker, "05-kvittering-papir", sending_receipt_page(maker->arena, &maker->frame, &receipt));
    receipt.delivery = SENDING_FAILED;
    add(maker, "05-kvittering-feilet", sending_receipt_page(maker->arena, &maker->frame, &receipt));
}

static void add_agreements(struct maker *maker)
{
    static const char shown[] =
        "Hvem får tilgang\tFjordvik kommune, org.nr. 310\u00A0245\u00A0682\n"
        "Hva vi bruker det til\tÅ regne ut hva du skal betale.\n"
        "Vi bruker det ikke til noe annet.\n"
        "Hvor lenge\tDelingen varer i 24 timer.\n";
    struct agreement_document documents[] = {
        {"Skattemelding for 2025", AGREEMENT_IN_DRAFT, NULL, NULL},
        {"Lønnsslipp oktober 2026", AGREEMENT_SENT, "FB-2026-004817", "/kvittering/x"},
    };
    struct agreement agreements[] = {
        {{"Søknad om redusert foreldrebetaling", "nb"},
         "Å regne ut hva du skal betale.",
         shown,
         "nb",
         "/min-side/samtykker/1",
         "/utkast/x/side/dok",
         false,
         "/min-side/samtykker/1/trekk",
         AGREEMENT_RUNS,
         false,
         SAMPLES_NOW,
         SAMPLES_NOW + DAY,
         SAMPLES_NOW,
         documents,
         COUNT(documents)},
        {{"Søknad om parkeringskort", "nb"},
         "Å avgjøre søknaden.",
         shown,
         "nb",
         "/min-side/samtykker/2",
         "/kvittering/x",
         true,
         NULL,
         AGREEMENT_WITHDRAWN,
         true,
         SAMPLES_NOW - 82 * DAY,
         SAMPLES_NOW - 81 * DAY,
         SAMPLES_NOW - 80 * DAY,
         documents + 1,
         1},
    };
    add(maker, "06-samtykker",
        agreement_list_page(maker->arena, &maker->frame, agreements, COUNT(agreements), NULL, 0));
    add(maker, "06-samtykke", agreement_page(maker->arena, &maker->frame, &agreements[0]));
    agreements[0].state = AGREEMENT_WITHDRAWN;
    agreements[0].withdraw = NULL;
    documents[0].fate = AGREEMENT_DELETED;
    add(maker, "06-samtykke-trukket", agreement_page(maker->arena, &maker->frame, &agreements[0]));
}

static void add_later(struct maker *maker)
{
    struct later_about about = {
        .form = {"Søknad om redusert foreldrebetaling", "nb"},
        .reference = "FB-2026-004817",
        .label = {"Lønnsslipper", "nb"},
        .sent_at = SAMPLES_NOW - 7 * DAY,
        .due_at = SAMPLES_NOW + 7 * DAY,
    };
    struct outline_attached *given = documents(maker->arena);
    struct place *place = answers_find(maker->answers, "/data/dok/lonn");
    struct later_page page = {
        .about = about,
        .answers = maker->answers,
        .control = place_field(place)->control,
        .place = place,
        .documents = given,
        .document_count = DOCUMENT_COUNT,
        .room = {.file_bytes = 10000000, .total_bytes = 50000000},
        .notice = "lonn.pdf er lagt ved",
        .action = "/min-side/ettersend/1",
        .shown = "0",
    };
    add(maker, "06-ettersend", later_page(maker->arena, &maker->frame, &page));
    page.about.due_at = SAMPLES_NOW - DAY;
    page.notice = NULL;
    page.nothing = true;
    add(maker, "06-ettersend-sent", later_page(maker->arena, &maker->frame, &page));
    struct sending_receipt receipt = {
        .is_supplement = true,
        .reference = "FB-2026-004817",
        .received_at = SAMPLES_NOW,
        .pdf = "/min-side/ettersend/1/kvittering.pdf",
        .pdf_size_bytes = 31000,
        .delivery = SENDING_HANDED,
        .address = "/min-side/ettersend/1",
        .refresh_s = 3,
    };
    about.due_at = SAMPLES_NOW - DAY;
    add(maker, "06-ettersendt",
        later_receipt_page(maker->arena, &maker->frame, &about, &receipt, given, 1));
}

static void add_insight(struct maker *maker)
{
    const struct insight_row rows[] = {
        {.at = SAMPLES_NOW + DAY,
         .event = "log.evidence_read",
         .subject = "Serveringsbevilling",
         .who = INSIGHT_OTHER,
         .who_name = "Mattilsynet (985 399 077)",
         .why = INSIGHT_SAID,
         .why_text = "Registrering av serveringssted",
         .why_language = "nb"},
        {.at = SAMPLES_NOW + 28 * MINUTE,
         .event = "log.submitted",
         .subject = "Søknad om redusert foreldrebetaling",
         .subject_language = "nb",
         .why = INSIGHT_SAID,
         .why_text = "FB-2026-004817",
         .why_address = "/kvittering/1"},
        {.at = SAMPLES_NOW + 14 * MINUTE,
         .event = "log.document_fetched",
         .subject = "Skattemelding for 2025",
         .who = INSIGHT_FOR_YOU,
         .why = INSIGHT_CONSENT,
         .why_at = SAMPLES_NOW + 14 * MINUTE,
         .why_address = "/min-side/samtykker/1"},
        {.at = SAMPLES_NOW, .event = "log.login"},
        {.at = SAMPLES_NOW - 30 * DAY,
         .event = "log.retention_deleted",
         .who = INSIGHT_AGENCY,
         .why = INSIGHT_KEPT},
    };
    const struct insight page = {rows, COUNT(rows), "/min-side/innsynslogg?for=17", NULL,
                                 INSIGHT_PATH_CSV},
                         none = {.newest = "/min-side/innsynslogg"};
    add(maker, "06-innsynslogg", insight_page(maker->arena, &maker->frame, &page));
    add(maker, "06-innsynslogg-tom", insight_page(maker->arena, &maker->frame, &none));
}

static void add_overview(struct maker *maker)
{
    struct overview_task tasks[] = {
        {.title = "Ettersend: Lønnsslipper",
         .about = "Redusert foreldrebetaling · FB-2026-004817",
         .due_at = SAMPLES_NOW + 14 * DAY,
         .address = "/min-side/ettersend/1",
         .link = "Ettersend"},
        {.title = "Ettersend: Skattemelding",
         .about = "Redusert foreldrebetaling · FB-2026-004817",
         .text = "Vi kan ikke avgjøre søknaden før dokumentet er kommet.",
         .due_at = SAMPLES_NOW - DAY,
         .address = "/min-side/ettersend/2",
         .link = "Ettersend"},
    };
    struct overview_task news = {.title = "Vedtak",
                                 .about = "Søknad om parkeringskort · PK-2026-003102",
                                 .address = "/min-side/vedtak/1",
                                 .link = "Se vedtaket",
                                 .more_of_it = "Søknad om parkeringskort",
                                 .about_language = "nb"};
    struct overview_draft draft = {.title = {"Søknad om byggetilskudd", "nb"},
                                   .address = "/utkast/y/tiltak",
                                   .remove = "/utkast/y/slett",
                                   .reached = {"Tiltak", "nb"},
                                   .saved_at = SAMPLES_NOW - 2 * DAY,
                                   .expires_at = SAMPLES_NOW + 28 * DAY,
                                   .missing = "Mangler: Lønnsslipper"};
    struct overview_supplement supplement = {"Lønnsslipp for august", "/min-side/ettersend/2",
                                             SAMPLES_NOW, SENDING_DELIVERED, NULL};
    struct outcome_decision decision = {.kind = OUTCOME_GRANTED,
                                        .title = "Du får <parkeringskort>",
                                        .language = "nn",
                                        .address = "/min-side/vedtak/1",
                                        .decided_at = SAMPLES_NOW - DAY,
                                        .form = {"Søknad om parkeringskort", "nn"},
                                        .reference = "PK-2026-003102",
                                        .receipt = "/kvittering/z",
                                        .file = "/min-side/vedtak/1/vedtak.pdf",
                                        .size_bytes = 81000,
                                        .appeal = "",
                                        .appeal_until = SAMPLES_NOW + 20 * DAY,
                                        .delivery = SENDING_DELIVERED,
                                        .mailbox = "e-Boks"};
    struct outcome_decision refusal = decision;
    refusal.kind = OUTCOME_REFUSED;
    refusal.appeal = "Send klagen til\npost@fjordvik.example.";
    refusal.appeal_until = SAMPLES_NOW - DAY;
    struct overview_sent sent[] = {
        {.title = {"Redusert foreldrebetaling", "nb"},
         .address = "/kvittering/x",
         .reference = "FB-2026-004817",
         .pdf = "/kvittering/x/pdf",
         .sent_at = SAMPLES_NOW,
         .delivery = SENDING_HANDED,
         .waits_for_documents = true,
         .due_at = SAMPLES_NOW + 14 * DAY,
         .supplements = &supplement,
         .supplement_count = 1,
         .mailbox = "Digipost"},
        {.title = {"Søknad om parkeringskort", "nn"},
         .address = "/kvittering/z",
         .reference = "PK-2026-003102",
         .pdf = "/kvittering/z/pdf",
         .sent_at = SAMPLES_NOW - 82 * DAY,
         .delivery = SENDING_DELIVERED,
         .mailbox = "e-Boks",
         .decisions = &decision,
         .decision_count = 1},
        {.title = {"Søknad om båtplass", "nb"},
         .address = "/kvittering/w",
         .reference = "BP-2026-000017",
         .pdf = "/kvittering/w/pdf",
         .sent_at = SAMPLES_NOW - 90 * DAY,
         .delivery = SENDING_OPENED,
         .mailbox = "e-Boks",
         .withdrawn_at = SAMPLES_NOW - 80 * DAY},
    };
    struct overview page = {.news = &news,
                            .news_count = 1,
                            .tasks = tasks,
                            .task_count = COUNT(tasks),
                            .drafts = &draft,
                            .draft_count = 1,
                            .sent = sent,
                            .sent_count = COUNT(sent)};
    struct outcome_withdraw question = {.form = sent[0].title,
                                        .reference = "FB-2026-004817",
                                        .sent_at = SAMPLES_NOW,
                                        .waiting_count = 2,
                                        .letter_is_under_way = true,
                                        .action = "/min-side/soknader/x/trekk",
                                        .back = "/kvittering/x"};
    add(maker, "06-vedtak", outcome_decision_page(maker->arena, &maker->frame, &decision));
    add(maker, "06-vedtak-avslag", outcome_decision_page(maker->arena, &maker->frame, &refusal));
    add(maker, "06-trekk", outcome_withdraw_page(maker->arena, &maker->frame, &question));
    question.decision = "/min-side/vedtak/1";
    add(maker, "06-trekk-avgjort", outcome_withdraw_page(maker->arena, &maker->frame, &question));
    add(maker, "06-min-side", overview_page(maker->arena, &maker->frame, &page));
    struct overview nothing = {.notice = "Utkastet er slettet"};
    add(maker, "06-min-side-tom", overview_page(maker->arena, &maker->frame, &nothing));

    struct my_document kept[] = {
        {.kind = MY_DOCUMENTS_FETCHED,
         .document = tax_return,
         .address = "/dokument/1",
         .reference = "FB-2026-004817",
         .form = {"Redusert foreldrebetaling", "nb"}},
        {.kind = MY_DOCUMENTS_UPLOADED,
         .document = upload,
         .address = "/dokument/2",
         .remove = "/dokument/2/fjern",
         .form = {"Søknad om byggetilskudd", "nb"}},
        {.kind = MY_DOCUMENTS_UPLOADED,
         .document = upload,
         .address = "/dokument/3",
         .later = "/ettersend/1",
         .reference = "FB-2026-004817",
         .form = {"Redusert foreldrebetaling", "nb"}},
    };
    struct my_documents all = {.counts = {70, 0, 1, 69}, .items = kept, .count = COUNT(kept)};
    struct my_documents fetched = {
        .shown = MY_DOCUMENTS_FETCHED, .counts = {70, 0, 1, 69}, .items = kept, .count = 1};
    struct my_documents none = {.shown = MY_DOCUMENTS_ALL};
    add(maker, "06-dokumenter", my_documents_page(maker->arena, &maker->frame, &all));
    add(maker, "06-dokumenter-hentet", my_documents_page(maker->arena, &maker->frame, &fetched));
    add(maker, "06-dokumenter-ingen", my_documents_page(maker->arena, &maker->frame, &none));
    add_agreements(maker);
    add_insight(maker);
}

static void add_start(struct maker *maker)
{
    struct find_form_entry forms[] = {
        {.title = {"Søknad om redusert foreldrebetaling", "nb"},
         .summary = {"Lavere pris i barnehagen når inntekten er lav.", "nb"},
         .topic = {"Barnehage", "nb"},
         .time = {"Ca. 15 minutter", "nb"},
         .deadline = {"Søk innen 1. mai", "nb"},
         .address = "/skjema/redusert-foreldrebetaling",
         .draft = "/utkast/1",
         .draft_saved_at = maker->frame.now - 86400},
        {.title = {"Søknad om serveringsbevilling", "nb"},
         .summary = {"For deg som vil åpne et serveringssted.", "nb"},
         .topic = {"Næring", "nb"},
         .address = "/skjema/serveringsbevilling"},
    };
    struct find_form all = {
        .wanted = "", .entries = forms, .count = COUNT(forms), .total = COUNT(forms)};
    struct find_form some = {.wanted = "søk", .entries = forms, .count = 1, .total = 2};
    struct find_form none = {.wanted = "<byggesak>"};
    struct find_form empty = {.wanted = "", .is_empty = true};
    add(maker, "00-skjema", find_form_front_page(maker->arena, &maker->stranger, &all));
    add(maker, "06-skjema", find_form_my_page(maker->arena, &maker->frame, &some));
    add(maker, "06-skjema-ingen", find_form_my_page(maker->arena, &maker->frame, &none));
    add(maker, "06-skjema-tom", find_form_my_page(maker->arena, &maker->frame, &empty));
    struct site_start start = {
        .form = maker->form,
        .draft_days = 30,
        .action = "/skjema/redusert-foreldrebetaling/start",
        .login = "/logg-inn?retur=%2Fskjema%2Fredusert-foreldrebetaling",
    };
    add(maker, "01-start", site_start_page(maker->arena, &maker->stranger, &start));
    start.draft = "/utkast/x/husholdning";
    start.draft_saved_at = SAMPLES_NOW - DAY;
    add(maker, "01-start-utkast", site_start_page(maker->arena, &maker->frame, &start));
    struct site_login login = {.go = "/logg-inn/idporten",
                               .form_title = "Søknad om redusert foreldrebetaling",
                               .back = "/"};
    add(maker, "07-innlogging", site_login_page(maker->arena, &maker->stranger, &login));
    login = (struct site_login){.go = "/logg-inn/idporten", .more_sure = true, .back = "/"};
    add(maker, "07-sikrere", site_login_page(maker->arena, &maker->frame, &login));
    add(maker, "07-logget-ut", site_logged_out_page(maker->arena, &maker->stranger));
    struct site_delete delete = {
        {"Søknad om byggetilskudd", "nb"}, SAMPLES_NOW - DAY, 2, "/utkast/y/slett", "/min-side"};
    add(maker, "06-slett", site_delete_page(maker->arena, &maker->frame, &delete));
}

static void add_trouble(struct maker *maker)
{
    static const struct {
        const char *name;
        struct site_trouble trouble;
    } kinds[] = {
        {"08-okt-utlopt", {SITE_SESSION_EXPIRED, 401, 0, SAMPLES_NOW, 0, "/logg-inn", NULL, NULL}},
        {"07-avbrutt", {.kind = SITE_LOGIN_STOPPED, .status = 403, .login = "/logg-inn/idporten"}},
        {"07-for-gammel", {.kind = SITE_LOGIN_OLD, .status = 400, .login = "/logg-inn/idporten"}},
        {"07-gikk-ikke", {.kind = SITE_LOGIN_FAILED, .status = 503, .login = "/logg-inn/idporten"}},
        {"07-uten-nummer",
         {.kind = SITE_LOGIN_NO_NUMBER, .status = 403, .login = "/logg-inn/idporten"}},
        {"07-for-lav", {.kind = SITE_LOGIN_TOO_LOW, .status = 403, .login = "/logg-inn/idporten"}},
        {"08-401", {SITE_LOGIN_NEEDED, 401, 0, 0, 0, "/logg-inn", NULL, NULL}},
        {"08-403", {SITE_DENIED, 403, 0, 0, 0, NULL, NULL, NULL}},
        {"08-403-skjema", {SITE_FORGED, 403, 0, 0, 0, NULL, "/utkast/x/side", NULL}},
        {"08-404", {SITE_NOT_FOUND, 404, 0, 0, 0, NULL, NULL, NULL}},
        {"08-409", {SITE_CONFLICT, 409, SAMPLES_NOW, 0, 0, NULL, "/utkast/x/side", NULL}},
        {"08-409-sendt", {SITE_ALREADY_SENT, 409, 0, 0, 0, NULL, "/kvittering/x", NULL}},
        {"08-413", {SITE_TOO_LARGE, 413, SAMPLES_NOW, 0, 0, NULL, "/utkast/x/side", NULL}},
        {"08-422", {SITE_UNPROCESSABLE, 422, 0, 0, 0, NULL, NULL, NULL}},
        {"08-429", {SITE_TOO_MANY, 429, 0, 0, SAMPLES_NOW, NULL, NULL, NULL}},
        {"08-400", {SITE_BAD_REQUEST, 400, 0, 0, 0, NULL, NULL, NULL}},
        {"08-500", {SITE_BROKEN, 500, SAMPLES_NOW, 0, 0, NULL, NULL, "7F3A-92C1"}},
        {"08-503", {SITE_BUSY, 503, 0, 0, 0, NULL, NULL, NULL}},
    };
    for (size_t i = 0; i < COUNT(kinds); i++)
        add(maker, kinds[i].name,
            site_trouble_page(maker->arena, &maker->frame, &kinds[i].trouble));
}

static void add_kept(struct maker *maker)
{
    static const char *const homeless[] = {"Skrevet i et spørsmål\nsom ikke vises lenger"};
    static const struct kept_difference differences[] = {
        {"sivil", "", {"Sivilstand", "nb"}, {"Samboer", "nb"}, {"Gift", "nb"}},
        {"barn-2-navn", "Barn 2: ", {"Navn", "nb"}, {"Emil\nFjeld", "nb"}, {"", "nb"}},
    };
    struct kept_page page = {
        .kept_at = SAMPLES_NOW,
        .form = {"Søknad om redusert foreldrebetaling", "nb"},
        .step = {"Husholdning", "nb"},
        .differences = differences,
        .difference_count = COUNT(differences),
        .files = 1,
        .action = "/utkast/x/ikke-lagret",
        .id = "k",
        .revision = 7,
    };
    add(maker, "10-tatt-vare-pa", kept_page(maker->arena, &maker->frame, &page));
    page.other_window = true;
    page.homeless = homeless;
    page.homeless_count = COUNT(homeless);
    page.files = 0;
    add(maker, "10-annet-vindu", kept_page(maker->arena, &maker->frame, &page));
}

static void add_letter_links(struct maker *maker)
{
    struct letter_link_page page = {
        .kind = LETTER_LINK_NOT_YOURS,
        .form = {"Søknad om redusert foreldrebetaling", "nb"},
        .reference = "FB-2026-004817",
        .receipt = "/kvittering/1",
        .task = "/min-side/ettersend/1",
    };
    add(maker, "09-lenke-annen", letter_link_page(maker->arena, &maker->frame, &page));
    page.kind = LETTER_LINK_PAST;
    page.at = SAMPLES_NOW - DAY;
    add(maker, "09-lenke-frist", letter_link_page(maker->arena, &maker->frame, &page));
    page.kind = LETTER_LINK_DONE;
    add(maker, "09-lenke-gjort", letter_link_page(maker->arena, &maker->frame, &page));
}

/* The agency's own words may be there in bokmål only. */
static void add_about(struct maker *maker)
{
    const struct about_page page = {
        .own = "# Vår erklæring\n\nDen ligger hos tilsynet,\nog er ny hvert år: "
               "https://uustatus.no/\n\n- Du får hjelp på Innbyggertorget\n- Eller ring "
               "tel:00000000\n\n<script>alert(1)</script> javascript:alert(1)\n",
        .language = "nb",
        .draft_days = 30,
        .idle_minutes = 30,
    };
    add(maker, "11-tilgjengelighet",
        about_accessibility_page(maker->arena, &maker->stranger, &page));
    add(maker, "11-personvern", about_privacy_page(maker->arena, &maker->stranger, &page));
}

size_t samples_make(struct arena *arena, const struct form *form, const char *language,
                    struct sample **out)
{
    struct maker maker = {
        .arena = arena,
        .form = form,
        .frame = samples_frame(language),
        .stranger = samples_frame(language),
        .samples = ARENA_ARRAY(arena, 80, struct sample),
    };
    maker.stranger.user_name = NULL;
    maker.stranger.csrf = NULL;
    CLEANUP(answers_close) struct answers *answers = answers_open(form, SAMPLES_NOW);
    maker.answers = answers;
    add_about(&maker);
    add_start(&maker);
    add_steps(&maker);
    add_documents_step(&maker);
    add_sharing(&maker);
    add_sending(&maker);
    add_later(&maker);
    add_overview(&maker);
    add_trouble(&maker);
    add_letter_links(&maker);
    add_kept(&maker);
    *out = maker.samples;
    return maker.count;
}
