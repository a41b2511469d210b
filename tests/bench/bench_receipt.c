/* What a receipt costs: processor time (median) and size, for three lengths. */
#include "render/pdf_receipt.h"
#include "tests/bench/bench.h"

#include <stdio.h>

enum { TIMES = 101 };

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

static bool measure(size_t questions, struct error *err)
{
    static const char *const next[] = {
        "Vi kontrollerer inntekten mot opplysninger fra Skatteetaten.",
        "Vedtaket kommer i din digitale postkasse."};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct outline outline = make_outline(arena, questions);
    const struct pdf_receipt receipt = {
        .agency = &agency,
        .reference = "FB-2026-004182",
        .received_at = 1795431600,
        .person_name = "Ingrid Fjeld",
        .person_number = "02878520281",
        .next = next,
        .next_count = COUNT(next),
        .outline = &outline,
    };
    double ms[TIMES];
    size_t size_bytes = 0, memory_bytes = 0;
    for (size_t i = 0; i < TIMES; i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        struct bytes pdf = {0};
        double start = bench_thread_s();
        if (!pdf_receipt_write(own, &receipt, &pdf, err))
            return false;
        ms[i] = (bench_thread_s() - start) * 1e3;
        size_bytes = pdf.size;
        memory_bytes = arena_size_bytes(own);
    }
    bench_row(arena_printf(arena,
                           "receipt of %zu answers and 3 documents, %.1f kB (%.0f kB memory)",
                           questions, (double)size_bytes / 1e3, (double)memory_bytes / 1e3),
              arena_printf(arena, "%.2f ms CPU", bench_median(ms, TIMES)), "", "");
    return true;
}

bool bench_receipt(const struct bench *bench)
{
    (void)bench;
    struct error err = {0};
    static const size_t sizes[] = {14, 74, 200};
    for (size_t i = 0; i < COUNT(sizes); i++)
        if (!measure(sizes[i], &err))
            return bench_fail("receipt", &err);
    return true;
}
