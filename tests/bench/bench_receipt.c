/* What a receipt costs: processor time (median) and size, for three lengths, tagged and with the
 * answers inside; and what others take for the same content, where they are installed. */
#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "engine/receipt_signature.h"
#include "render/pdf_receipt.h"
#include "tests/bench/bench.h"

#include <stdio.h>

enum { TIMES = 101, PEER_TIMES = 15, COMPARED = 14 /* answers: two pages */ };

static const struct frame_agency agency = {
    .name = "Fjordvik kommune",
    .number = "310245682",
    .address = "Rådhusplassen 1, 9999 Fjordvik",
    .phone = "23 45 60 00",
    .email = "post@fjordvik.example",
};

/* A form of so many questions in steps of ten, and three documents. */
static struct outline make_outline(struct arena *arena, size_t questions)
{
    struct outline outline = {.language = "nb",
                              .form_title = "Søknad om redusert foreldrebetaling"};
    struct outline_node **sections = &outline.first, **end = NULL;
    for (size_t i = 0; i < questions; i++) {
        if (i % 10 == 0) {
            *sections = ARENA_NEW(arena, struct outline_node);
            **sections = (struct outline_node){.kind = OUTLINE_SECTION,
                                               .label = arena_printf(arena, "Del %zu", i / 10 + 1)};
            end = &(*sections)->first_child;
            sections = &(*sections)->next;
        }
        *end = ARENA_NEW(arena, struct outline_node);
        **end = (struct outline_node){
            .kind = OUTLINE_ANSWER,
            .label = arena_printf(arena, "Ledetekst nummer %zu for spørsmål", i),
            .value = arena_printf(arena, "Svar %zu: blåbærsyltetøy, årsregnskap og Áŋŋa Čáhppe", i),
        };
        end = &(*end)->next;
    }
    struct outline_node *upload = *sections = ARENA_NEW(arena, struct outline_node);
    *upload = (struct outline_node){.kind = OUTLINE_DOCUMENTS, .label = "Dokumentasjon"};
    upload->document_count = 3;
    upload->documents = ARENA_ARRAY(arena, upload->document_count, struct outline_document);
    for (size_t i = 0; i < upload->document_count; i++)
        upload->documents[i] = (struct outline_document){
            .name = "Skattemelding for 2025",
            .type = "PDF",
            .size_bytes = 184000,
            .origin = OUTLINE_ORIGIN_ISSUER,
            .issuer = "Skatteetaten",
            .issuer_number = "974761076",
            .sha256_hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        };
    return outline;
}

static struct bytes make_xml(struct arena *arena, size_t questions)
{
    struct buf xml;
    buf_init(&xml, arena);
    buf_add_text(&xml, "<data>");
    for (size_t i = 0; i < questions; i++)
        buf_printf(&xml, "<svar%zu>Svar %zu: blåbærsyltetøy, årsregnskap og Áŋŋa Čáhppe</svar%zu>",
                   i, i, i);
    buf_add_text(&xml, "</data>");
    return buf_bytes(&xml);
}

struct cost {
    double ms;
    size_t size_bytes, memory_bytes;
};

/* signature: or NULL. */
static bool write_often(const struct pdf_receipt *receipt,
                        const struct receipt_signature *signature, struct cost *out,
                        struct error *err)
{
    double ms[TIMES];
    for (size_t i = 0; i < TIMES; i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        struct bytes pdf = {0};
        double start = bench_thread_s();
        if (!pdf_receipt_write(own, receipt, &pdf, err) ||
            !receipt_signature_add(own, signature, pdf, "Kvittering", receipt->received_at, &pdf,
                                   err))
            return false;
        ms[i] = (bench_thread_s() - start) * 1e3;
        out->size_bytes = pdf.size;
        out->memory_bytes = arena_size_bytes(own);
    }
    out->ms = bench_median(ms, TIMES);
    return true;
}

static bool measure(size_t questions, const struct receipt_signature *signature, struct cost *out,
                    struct error *err)
{
    static const char *const next[] = {
        "Vi kontrollerer inntekten mot opplysninger fra Skatteetaten.",
        "Vedtaket kommer i din digitale postkasse."};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = make_outline(arena, questions);
    const struct pdf_file inside[] = {{"soknad.xml", "application/xml", "Source",
                                       "Svarene som data", make_xml(arena, questions)}};
    const struct pdf_receipt receipt = {
        .agency = &agency,
        .reference = "FB-2026-004182",
        .received_at = 1795431600,
        .person_name = "Ingrid Fjeld",
        .person_number = "02878520281",
        .next = next,
        .next_count = COUNT(next),
        .outline = &outline,
        .attachments_inside = inside,
        .attachment_inside_count = COUNT(inside),
    };
    if (!write_often(&receipt, signature, out, err))
        return false;
    bench_row(arena_printf(arena, "%s of %zu answers and 3 documents, %.1f kB (%.0f kB memory)",
                           signature ? "signed receipt" : "receipt", questions,
                           (double)out->size_bytes / 1e3, (double)out->memory_bytes / 1e3),
              arena_printf(arena, "%.2f ms CPU", out->ms), "", "");
    return true;
}

/* Another program's way to the same; it prints milliseconds and bytes. A line when it is not here.
 */
static void compare(const char *name, const char *start, const struct cost *own)
{
#define FONTS "/usr/share/fonts/truetype/open-sans/OpenSans-"
    CLEANUP(arena_close) struct arena *arena = arena_open();
    FILE *output = popen(arena_printf(arena, "%s " FONTS "Regular.ttf " FONTS "Bold.ttf %d %d 2>&1",
                                      start, COMPARED, PEER_TIMES),
                         "re");
    double ms = 0;
    size_t size = 0;
    bool is_here = output && fscanf(output, "%lf %zu", &ms, &size) == 2;
    if (output)
        pclose(output);
    if (is_here)
        bench_row(arena_printf(arena, "  the same by %s, %.1f kB", name, (double)size / 1e3),
                  arena_printf(arena, "%.2f ms CPU", own->ms),
                  arena_printf(arena, "%.0f ms CPU", ms),
                  arena_printf(arena, "%.4f", own->ms / ms));
    else
        fprintf(stderr, "bench: receipt: %s is not here, left out\n", name);
}

static bool measure_signed(struct error *err)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    CLEANUP(receipt_signature_close) struct receipt_signature *signature = NULL;
    struct bytes key, certificate;
    struct cost cost;
    crypto_make_certificate(arena, "Fjordvik kommune", &key, &certificate);
    return receipt_signature_open(key, "key", certificate, "certificate", agency.name, &signature,
                                  err) &&
           measure(COMPARED, signature, &cost, err);
}

bool bench_receipt(const struct bench *bench)
{
    (void)bench;
    struct error err = {0};
    static const size_t sizes[] = {COMPARED, 74, 200};
    struct cost compared = {0};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct cost cost;
        if (!measure(sizes[i], NULL, &cost, &err))
            return bench_fail("receipt", &err);
        if (sizes[i] == COMPARED)
            compared = cost;
    }
    if (!measure_signed(&err))
        return bench_fail("receipt", &err);
    compare("PDFKit", "node tests/bench/pdfkit/receipt.mjs", &compared);
    compare("WeasyPrint", "/usr/bin/python3 tests/bench/receipt_weasyprint.py", &compared);
    return true;
}
