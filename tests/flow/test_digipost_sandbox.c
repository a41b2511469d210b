/* test_digipost_sandbox.c - the client of Digipost against the sandbox, which was written from the
 * same papers with code of its own: what one of them gets wrong, the other one refuses. The sandbox
 * lays out its paths anew at every start, so only links can lead anywhere. */
#include "storage/postbox/digipost.h"
#include "storage/postbox/digipost_share.h"

#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_people.h"
#include "tests/shared.h"
#include "tests/unit/storage/postbox/document.h"

#include <string.h>

enum { BROKER = 1000042, SENDER = 1000077, MAX_BYTES = 1024 * 1024 };

#define TAX_NUMBER SANDBOX_PEOPLE_TAX_NUMBER
#define STREAM "GET_SHARED_DOCUMENT_CONTENT_STREAM"

struct world {
    struct arena *arena;
    char folder[64];
    struct sandbox *sandbox;
    struct bytes key;
    struct digipost *digipost;
    int letters; /* made so far */
};

/* ---- the two parties ---- */

static struct bytes read_file(struct arena *arena, const char *path)
{
    enum { MOST = 64 * 1024 };
    unsigned char *data = arena_alloc(arena, MOST);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    size_t size = fread(data, 1, MOST, file);
    fclose(file);
    return (struct bytes){data, size};
}

static struct digipost_settings settings(struct world *world)
{
    return (struct digipost_settings){
        .base_url = sandbox_api_url(world->sandbox),
        .content_base_url = sandbox_mailbox_url(world->sandbox),
        .allow_private = true,
        .broker_id = BROKER,
        .sender_id = SENDER,
        .private_key_pem = world->key,
        .trust_entry_point = true,
        .rest_ms = 1,
        .timeout_ms = 20000,
    };
}

static int open_world(void **state)
{
    static const int64_t senders[] = {SENDER};
    static const struct sandbox_broker brokers[] = {{.id = BROKER,
                                                     .name = "Fjordvik kommune",
                                                     .organisation_number = "310123005",
                                                     .senders = senders,
                                                     .sender_count = COUNT(senders)}};
    static struct world world;
    world = (struct world){.arena = arena_open(), .folder = "/tmp/skjema-sandbox-XXXXXX"};
    *state = &world;
    if (!mkdtemp(world.folder))
        return -1;
    const char *schema = shared_path(world.arena, "protocols/xsd/digipost-all.xsd");
    struct sandbox_settings chosen = {
        .folder = world.folder,
        .brokers = brokers,
        .broker_count = COUNT(brokers),
        .schema_file = access(schema, R_OK) == 0 ? schema : NULL,
    };
    struct error err = {0};
    if (!sandbox_open(&chosen, &world.sandbox, &err)) {
        print_error("%s\n", err.text);
        return -1;
    }
    world.key = read_file(world.arena, sandbox_broker_key_file(world.sandbox));
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;
    sandbox_close(&world->sandbox);
    int failed = system(arena_printf(world->arena, "rm -r %s", world->folder));
    arena_close(&world->arena);
    return failed;
}

static int open_client(void **state)
{
    struct world *world = *state;
    struct digipost_settings chosen = settings(world);
    sandbox_fault(world->sandbox, SANDBOX_FAULT_NONE, NULL, 0);
    return digipost_open(&chosen, &world->digipost, NULL) ? 0 : -1;
}

static int close_client(void **state)
{
    struct world *world = *state;
    digipost_close(&world->digipost);
    return 0;
}

/* ---- letters ---- */

static const char *pid_of(const char *key)
{
    return sandbox_people_find(key)->pid;
}

static struct bytes pdf(struct world *world, const char *text)
{
    return BYTES_OF(arena_printf(world->arena, "%%PDF-1.7\n%% %s\n%%%%EOF\n", text));
}

/* A letter to a person that no other is like. */
static struct postbox_letter new_letter(struct world *world, const char *person)
{
    return (struct postbox_letter){
        .message_id = arena_printf(world->arena, "fb-2026-%06d", ++world->letters),
        .recipient = {.pid = pid_of(person)},
        .language = "nb",
        .title = "Kvittering",
        .level = 4,
        .main = {crypto_uuid(world->arena), "Kvittering for søknaden din", "pdf",
                 pdf(world, "receipt")},
    };
}

static struct postbox_outcome send_to(struct world *world, const struct postbox_letter *letter)
{
    return postbox_send(digipost_postbox(world->digipost), world->arena, letter);
}

static struct postbox_outcome status_of(struct world *world, const struct postbox_letter *letter)
{
    return postbox_status(digipost_postbox(world->digipost), world->arena, letter);
}

/* How many documents of the letter lie in the person's mailbox; what lies there has its bytes. */
static size_t lying_with(struct world *world, const char *person,
                         const struct postbox_letter *letter)
{
    struct sandbox_letter *there;
    size_t count, found = 0;
    sandbox_letters(world->sandbox, world->arena, person, &there, &count);
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(there[i].message_id, letter->message_id))
            continue;
        const struct postbox_document *document =
            there[i].is_attachment ? &letter->attachments[found - 1] : &letter->main;
        struct bytes content;
        assert_string_equal(there[i].uuid, document->id);
        assert_string_equal(there[i].subject, document->title);
        assert_true(sandbox_document_bytes(world->sandbox, world->arena, there[i].uuid, &content));
        assert_int_equal(content.size, document->content.size);
        assert_memory_equal(content.data, document->content.data, content.size);
        found++;
    }
    return found;
}

static void who_has_a_postbox_is_told(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *pid;
        enum digipost_identity identity;
    } cases[] = {
        {"02878520281", DIGIPOST_HAS_POSTBOX}, /* ingrid */
        {"09879011261", DIGIPOST_KNOWN},       /* kari has none */
        {"17847330260", DIGIPOST_KNOWN},       /* lise has e-Boks */
        {"26826130171", DIGIPOST_KNOWN},       /* einar is reserved */
        {"15838530181", DIGIPOST_NOT_FOUND},
        {"12345678901", DIGIPOST_NOT_A_NUMBER}, /* check digits */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct postbox_recipient recipient = {.pid = cases[i].pid};
        enum digipost_identity identity;
        struct error err = {0};
        if (!digipost_identify(world->digipost, world->arena, &recipient, &identity, &err))
            fail_msg("%s", err.text);
        assert_int_equal(identity, cases[i].identity);
    }
}

static void a_letter_with_attachments_lies_there_with_the_same_bytes(void **state)
{
    struct world *world = *state;
    struct postbox_document attachments[] = {
        {crypto_uuid(world->arena), "Søknaden <slik du sendte den> & vedlegg", "pdf",
         pdf(world, "form")},
        {crypto_uuid(world->arena), "Skattemelding", "pdf", pdf(world, "\r\n--part-\r\n")},
    };
    struct postbox_letter letter = new_letter(world, "ingrid");
    letter.attachments = attachments;
    letter.attachment_count = COUNT(attachments);
    const int at_once[] = {0};
    letter.sms_notice = (struct postbox_notice){"Du har fått et brev.", at_once, 1};

    assert_int_equal(status_of(world, &letter).result, POSTBOX_NOT_SENT);
    struct postbox_outcome sent = send_to(world, &letter), asked = status_of(world, &letter);

    if (sent.result != POSTBOX_DELIVERED)
        fail_msg("%s %s", sent.code, sent.error.text);
    assert_int_equal(asked.result, POSTBOX_DELIVERED);
    assert_in_range(asked.delivered_at, clock_now() - 60, clock_now() + 60);
    assert_int_equal(lying_with(world, "ingrid", &letter), 3);
    attachments[1].content = pdf(world, "another");
    assert_int_equal(status_of(world, &letter).result, POSTBOX_REFUSED);
}

static void somebody_without_a_postbox_gets_no_letter(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "kari");

    struct postbox_outcome outcome = send_to(world, &letter);

    assert_int_equal(outcome.result, POSTBOX_REFUSED);
    assert_int_equal(outcome.error.code, ERROR_MISSING);
    assert_string_equal(outcome.code, "UNKNOWN_RECIPIENT");
}

static void the_same_letter_again_is_the_same_letter(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "gerd"), other;
    static const enum sandbox_fault ways[] = {SANDBOX_FAULT_NONE, SANDBOX_FAULT_DUPLICATE_LOCATION,
                                              SANDBOX_FAULT_DUPLICATE_DELIVERED};

    assert_int_equal(send_to(world, &letter).result, POSTBOX_DELIVERED);
    for (size_t i = 0; i < COUNT(ways); i++) {
        sandbox_fault(world->sandbox, ways[i], "CREATE_MESSAGE", 1);
        assert_int_equal(send_to(world, &letter).result, POSTBOX_DELIVERED);
    }

    assert_int_equal(lying_with(world, "gerd", &letter), 1);
    other = letter;
    other.main.content = pdf(world, "another");
    assert_int_equal(send_to(world, &other).error.code, ERROR_CONFLICT);
    other.main.id = crypto_uuid(world->arena);
    assert_int_equal(send_to(world, &other).error.code, ERROR_CONFLICT);
}

/* ---- when things go wrong ---- */

/* Each fault comes once, at the sending of a letter. What is made of it; what the status says
 * after; and, sent again where that is allowed, there is one letter. */
static const struct {
    enum sandbox_fault fault;
    enum postbox_result sent, asked;
} mishaps[] = {
    {SANDBOX_FAULT_DOWN, POSTBOX_UNKNOWN, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_REFUSE, POSTBOX_REFUSED, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_ANSWER_LOST, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_ERROR_BEFORE, POSTBOX_UNKNOWN, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_ERROR_AFTER, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_GATEWAY, POSTBOX_UNKNOWN, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_WRONG_SIGNATURE, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_NO_SIGNATURE, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_WRONG_DATE, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_WRONG_HASH, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_GZIP, POSTBOX_UNKNOWN, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_CHUNKED, POSTBOX_DELIVERED, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_ROTATED, POSTBOX_DELIVERED, POSTBOX_DELIVERED},
    {SANDBOX_FAULT_UNKNOWN_CODE, POSTBOX_REFUSED, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_NO_ERROR_TYPE, POSTBOX_REFUSED, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_EMPTY_ERROR, POSTBOX_UNKNOWN, POSTBOX_NOT_SENT},
    {SANDBOX_FAULT_GARBAGE, POSTBOX_UNKNOWN, POSTBOX_NOT_SENT},
};

static void a_letter_is_there_once_whatever_goes_wrong_at_its_sending(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(mishaps); i++) {
        const char *name = sandbox_fault_name(mishaps[i].fault);
        struct postbox_letter letter = new_letter(world, "jonas");
        sandbox_fault(world->sandbox, mishaps[i].fault, "CREATE_MESSAGE", 1);

        struct postbox_outcome sent = send_to(world, &letter), asked = status_of(world, &letter);

        if (sent.result != mishaps[i].sent || asked.result != mishaps[i].asked)
            fail_msg("%s: sent %s (%s), status %s (%s)", name, postbox_result_name(sent.result),
                     sent.error.text, postbox_result_name(asked.result), asked.error.text);
        if (asked.result == POSTBOX_NOT_SENT)
            assert_int_equal(send_to(world, &letter).result, POSTBOX_DELIVERED);
        if (lying_with(world, "jonas", &letter) != 1)
            fail_msg("%s: not one letter", name);
    }
}

static void a_status_that_cannot_be_had_leaves_the_letter_unknown(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "jonas");
    assert_int_equal(send_to(world, &letter).result, POSTBOX_DELIVERED);
    for (size_t i = 0; i < COUNT(mishaps); i++) {
        sandbox_fault(world->sandbox, mishaps[i].fault, "DOCUMENT_STATUS", 1);
        enum postbox_result asked = status_of(world, &letter).result;
        bool harmless = mishaps[i].sent == POSTBOX_DELIVERED;
        if (asked != (harmless ? POSTBOX_DELIVERED : POSTBOX_UNKNOWN))
            fail_msg("%s: %s", sandbox_fault_name(mishaps[i].fault), postbox_result_name(asked));
    }
}

static void nothing_is_sent_while_the_entry_point_is_away(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "jonas");
    sandbox_fault(world->sandbox, SANDBOX_FAULT_DOWN, NULL, 1);

    assert_int_equal(send_to(world, &letter).result, POSTBOX_NOT_SENT);
    assert_int_equal(lying_with(world, "jonas", &letter), 0);
    assert_int_equal(send_to(world, &letter).result, POSTBOX_DELIVERED);
}

static void relations_in_odd_dress_are_found(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "gerd");
    sandbox_fault(world->sandbox, SANDBOX_FAULT_ODD_LINKS, NULL, 3);

    assert_int_equal(send_to(world, &letter).result, POSTBOX_DELIVERED);
    assert_int_equal(status_of(world, &letter).result, POSTBOX_DELIVERED);
}

static void a_stranger_is_turned_away(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "gerd");
    struct digipost_settings strange = settings(world);
    struct bytes certificate;
    crypto_make_certificate(world->arena, "TEST ONLY stranger", &strange.private_key_pem,
                            &certificate);
    digipost_close(&world->digipost);
    assert_true(digipost_open(&strange, &world->digipost, NULL));

    struct postbox_outcome outcome = send_to(world, &letter);

    assert_int_equal(outcome.result, POSTBOX_NOT_SENT);
    assert_non_null(strstr(outcome.error.text, "INVALID_SIGNATURE"));
    assert_int_equal(lying_with(world, "gerd", &letter), 0);
}

static void a_sender_that_the_broker_may_not_act_for_is_refused(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = new_letter(world, "gerd");
    struct digipost_settings other = settings(world);
    other.sender_id = 1000099;
    digipost_close(&world->digipost);
    assert_true(digipost_open(&other, &world->digipost, NULL));

    struct postbox_outcome outcome = send_to(world, &letter);

    assert_int_equal(outcome.result, POSTBOX_REFUSED);
    assert_int_equal(lying_with(world, "gerd", &letter), 0);
}

/* ---- sharing ---- */

static const char *const tax_only[] = {TAX_NUMBER};
static const struct postbox_share_request tax_request = {
    .purpose = "Vi trenger skattemeldingen din for å regne ut foreldrebetalingen.",
    .duration_s = 3600,
    .organisation_numbers = tax_only,
    .organisation_number_count = 1,
};

static struct postbox_letter send_request(struct world *world, const char *person)
{
    struct postbox_letter letter = new_letter(world, person);
    letter.main.title = "Del dokumenter med Fjordvik kommune";
    letter.share = &tax_request;
    struct postbox_outcome sent = send_to(world, &letter);
    if (sent.result != POSTBOX_DELIVERED)
        fail_msg("%s %s", sent.code, sent.error.text);
    return letter;
}

/* A document in the person's mailbox, by whom it is from and the beginning of its title. */
static const struct sandbox_letter *lying_from(struct world *world, const char *person,
                                               bool from_tax, const char *title)
{
    struct sandbox_letter *there;
    size_t count;
    sandbox_letters(world->sandbox, world->arena, person, &there, &count);
    for (size_t i = 0; i < count; i++) {
        if (text_equal(there[i].origin_number, TAX_NUMBER) == from_tax &&
            text_starts_with(there[i].subject, title))
            return &there[i];
    }
    fail_msg("%s has no %s", person, title);
    return NULL;
}

static bool happened(struct world *world, const char *request_id, enum digipost_event_kind kind)
{
    struct digipost_event *events;
    size_t count;
    int64_t until;
    struct error err = {0};
    if (!digipost_share_events(world->digipost, world->arena, clock_now() - 60, &events, &count,
                               &until, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == kind && text_equal(events[i].document_id, request_id))
            return true;
    }
    return false;
}

static struct digipost_share_state state_of(struct world *world, const char *request_id)
{
    struct digipost_share_state shared;
    struct error err = {0};
    if (!digipost_share_state(world->digipost, world->arena, request_id, &shared, &err))
        fail_msg("%s", err.text);
    return shared;
}

static enum error_code read_content(struct world *world,
                                    const struct digipost_shared_document *document,
                                    struct bytes *out)
{
    struct error err = {0};
    if (document_read(world->digipost, world->arena, document, MAX_BYTES, out, &err))
        return ERROR_NONE;
    return err.code;
}

static void assert_bytes_of(struct world *world, struct bytes found, const char *uuid)
{
    struct bytes expected;
    assert_true(sandbox_document_bytes(world->sandbox, world->arena, uuid, &expected));
    assert_int_equal(found.size, expected.size);
    assert_memory_equal(found.data, expected.data, expected.size);
}

static void documents_are_asked_for_picked_read_and_given_back(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "ingrid");
    const char *request_id = letter.main.id;
    const struct sandbox_letter *tax_return = lying_from(world, "ingrid", true, "Skattemelding");
    assert_int_equal(state_of(world, request_id).shared_at, 0);
    assert_false(happened(world, request_id, DIGIPOST_EVENT_SHARED));

    assert_true(sandbox_share(world->sandbox, request_id, &tax_return->uuid, 1, NULL));

    assert_true(happened(world, request_id, DIGIPOST_EVENT_SHARED));
    struct digipost_share_state shared = state_of(world, request_id);
    assert_int_equal(shared.document_count, 1);
    assert_string_equal(shared.documents[0].title, tax_return->subject);
    assert_int_equal(shared.documents[0].origin, DIGIPOST_ORIGIN_ORGANISATION);
    assert_string_equal(shared.documents[0].origin_organisation_number, TAX_NUMBER);
    assert_int_equal(shared.expires_at - shared.shared_at, 3600);
    struct bytes content;
    assert_int_equal(read_content(world, &shared.documents[0], &content), ERROR_NONE);
    assert_bytes_of(world, content, tax_return->uuid);

    assert_true(digipost_share_stop(world->digipost, world->arena, request_id, NULL));

    assert_true(happened(world, request_id, DIGIPOST_EVENT_WITHDRAWN));
    assert_int_not_equal(state_of(world, request_id).withdrawn_at, 0);
    assert_int_equal(read_content(world, &shared.documents[0], &content), ERROR_DENIED);
    assert_true(digipost_share_stop(world->digipost, world->arena, request_id, NULL));
}

static void only_documents_from_the_origins_asked_for_can_be_picked(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "ingrid");
    const struct sandbox_letter *pay_slip = lying_from(world, "ingrid", false, "Lønnsslipp");
    struct error err = {0};

    assert_false(sandbox_share(world->sandbox, letter.main.id, &pay_slip->uuid, 1, &err));

    assert_int_equal(err.code, ERROR_DENIED);
    assert_int_equal(state_of(world, letter.main.id).document_count, 0);
}

static void a_citizen_can_withdraw(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "jonas");
    const struct sandbox_letter *tax_return = lying_from(world, "jonas", true, "Skattemelding");
    assert_true(sandbox_share(world->sandbox, letter.main.id, &tax_return->uuid, 1, NULL));
    struct digipost_share_state shared = state_of(world, letter.main.id);

    assert_true(sandbox_withdraw(world->sandbox, letter.main.id, NULL));

    struct bytes content;
    assert_true(happened(world, letter.main.id, DIGIPOST_EVENT_WITHDRAWN));
    assert_int_equal(read_content(world, &shared.documents[0], &content), ERROR_DENIED);
    assert_true(digipost_share_stop(world->digipost, world->arena, letter.main.id, NULL));
}

static void sharing_ends_by_itself(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "oddny");
    const struct sandbox_letter *tax_return = lying_from(world, "oddny", true, "Skattemelding");
    assert_true(sandbox_share(world->sandbox, letter.main.id, &tax_return->uuid, 1, NULL));
    struct digipost_share_state shared = state_of(world, letter.main.id);

    sandbox_advance(world->sandbox, 3601);
    struct bytes content;
    enum error_code read = read_content(world, &shared.documents[0], &content);
    sandbox_advance(world->sandbox, -3601); /* for the tests after this one */

    assert_int_equal(read, ERROR_DENIED);
}

static void what_goes_wrong_while_sharing_is_tried_again_and_nothing_false_is_taken(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "ingrid");
    const struct sandbox_letter *tax_return = lying_from(world, "ingrid", true, "Skattemelding");
    assert_true(sandbox_share(world->sandbox, letter.main.id, &tax_return->uuid, 1, NULL));
    struct digipost_share_state shared = state_of(world, letter.main.id);
    static const enum sandbox_fault faults[] = {
        SANDBOX_FAULT_DOWN,       SANDBOX_FAULT_ANSWER_LOST,  SANDBOX_FAULT_ERROR_BEFORE,
        SANDBOX_FAULT_GATEWAY,    SANDBOX_FAULT_NO_SIGNATURE, SANDBOX_FAULT_WRONG_SIGNATURE,
        SANDBOX_FAULT_WRONG_DATE, SANDBOX_FAULT_WRONG_HASH,   SANDBOX_FAULT_EMPTY_ERROR};
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct digipost_share_state again;
        struct bytes content;
        struct error err = {0};
        sandbox_fault(world->sandbox, faults[i], STREAM, 1);
        if (read_content(world, &shared.documents[0], &content) != ERROR_UNAVAILABLE)
            fail_msg("content: %s", sandbox_fault_name(faults[i]));
        sandbox_fault(world->sandbox, faults[i], "GET_SHARE_DOCUMENTS_REQUEST_STATE", 1);
        assert_false(
            digipost_share_state(world->digipost, world->arena, letter.main.id, &again, &err));
        assert_int_equal(err.code, ERROR_UNAVAILABLE);
    }
    struct bytes content;
    assert_int_equal(read_content(world, &shared.documents[0], &content), ERROR_NONE);
    assert_bytes_of(world, content, tax_return->uuid);
    assert_string_equal(state_of(world, letter.main.id).documents[0].id, shared.documents[0].id);
}

static void content_comes_chunked_redirected_and_with_a_new_certificate_too(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "ingrid");
    const struct sandbox_letter *tax_return = lying_from(world, "ingrid", true, "Skattemelding");
    assert_true(sandbox_share(world->sandbox, letter.main.id, &tax_return->uuid, 1, NULL));
    struct digipost_share_state shared = state_of(world, letter.main.id);
    static const enum sandbox_fault faults[] = {SANDBOX_FAULT_CHUNKED, SANDBOX_FAULT_REDIRECT,
                                                SANDBOX_FAULT_ROTATED};
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct bytes content;
        sandbox_fault(world->sandbox, faults[i], STREAM, 1);
        assert_int_equal(read_content(world, &shared.documents[0], &content), ERROR_NONE);
        assert_bytes_of(world, content, tax_return->uuid);
    }
}

static void an_event_of_a_new_type_does_not_hide_the_others(void **state)
{
    struct world *world = *state;
    struct postbox_letter letter = send_request(world, "jonas");
    const struct sandbox_letter *tax_return = lying_from(world, "jonas", true, "Skattemelding");
    assert_true(sandbox_share(world->sandbox, letter.main.id, &tax_return->uuid, 1, NULL));

    sandbox_fault(world->sandbox, SANDBOX_FAULT_UNKNOWN_EVENT, "DOCUMENT_EVENTS", 1);

    assert_true(happened(world, letter.main.id, DIGIPOST_EVENT_SHARED));
}

static void outb_6_a_postbox_that_is_down_is_left_alone_after_five_calls(void **state)
{
    enum { LONG_MS = 3600 * 1000, DOWN = 1000 };
    struct world *world = *state;
    struct digipost_settings patient = settings(world);
    struct postbox_letter letter = new_letter(world, "gerd");
    patient.rest_ms = LONG_MS;
    digipost_close(&world->digipost);
    assert_true(digipost_open(&patient, &world->digipost, NULL));
    assert_int_equal(status_of(world, &letter).result, POSTBOX_NOT_SENT); /* knows the way */

    sandbox_fault(world->sandbox, SANDBOX_FAULT_DOWN, NULL, DOWN);
    for (int i = 0; i < 5; i++)
        assert_int_equal(status_of(world, &letter).result, POSTBOX_UNKNOWN);
    sandbox_fault(world->sandbox, SANDBOX_FAULT_NONE, NULL, 0);

    assert_int_equal(send_to(world, &letter).result, POSTBOX_NOT_SENT);
    assert_int_equal(status_of(world, &letter).result, POSTBOX_UNKNOWN);
    assert_int_equal(lying_with(world, "gerd", &letter), 0);
}

int main(void)
{
    xml_start();
    fetch_start();
#define CASE(test) cmocka_unit_test_setup_teardown(test, open_client, close_client)
    const struct CMUnitTest tests[] = {
        CASE(who_has_a_postbox_is_told),
        CASE(a_letter_with_attachments_lies_there_with_the_same_bytes),
        CASE(somebody_without_a_postbox_gets_no_letter),
        CASE(the_same_letter_again_is_the_same_letter),
        CASE(a_letter_is_there_once_whatever_goes_wrong_at_its_sending),
        CASE(a_status_that_cannot_be_had_leaves_the_letter_unknown),
        CASE(nothing_is_sent_while_the_entry_point_is_away),
        CASE(relations_in_odd_dress_are_found),
        CASE(a_stranger_is_turned_away),
        CASE(a_sender_that_the_broker_may_not_act_for_is_refused),
        CASE(documents_are_asked_for_picked_read_and_given_back),
        CASE(only_documents_from_the_origins_asked_for_can_be_picked),
        CASE(a_citizen_can_withdraw),
        CASE(sharing_ends_by_itself),
        CASE(what_goes_wrong_while_sharing_is_tried_again_and_nothing_false_is_taken),
        CASE(content_comes_chunked_redirected_and_with_a_new_certificate_too),
        CASE(an_event_of_a_new_type_does_not_hide_the_others),
        CASE(outb_6_a_postbox_that_is_down_is_left_alone_after_five_calls),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
