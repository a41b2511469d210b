/* bench_receipt - what a receipt costs: processor time (median) and size, for three lengths.
 *
 *   bench_receipt [TIMES]      default 101 */
#include "render/pdf_receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct frame_agency agency = {
    .name = "Fjordvik kommune",
    .number = "310245682",
    .address = "Rådhusplassen 1, 9999 Fjordvik",
    .phone = "23 45 60 00",
    .email = "post@fjordvik.example",
};

static double cpu_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

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

static bool measure(size_t questions, size_t times)
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
    double *ms = ARENA_ARRAY(arena, times, double);
    size_t size_bytes = 0, memory_bytes = 0;
    for (size_t i = 0; i < times; i++) {
        CLEANUP(arena_close) struct arena *own = arena_open();
        struct bytes pdf = {0};
        struct error err = {0};
        double start = cpu_ms();
        if (!pdf_receipt_write(own, &receipt, &pdf, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return false;
        }
        ms[i] = cpu_ms() - start;
        size_bytes = pdf.size;
        memory_bytes = arena_size_bytes(own);
    }
    qsort(ms, times, sizeof *ms, compare);
    printf("receipt of %3zu answers: %6.2f ms CPU (median of %zu), %5.1f kB, %6.0f kB memory\n",
           questions, ms[times / 2], times, (double)size_bytes / 1e3, (double)memory_bytes / 1e3);
    return true;
}

int main(int count, char **words)
{
    long times = count > 1 ? strtol(words[1], NULL, 10) : 101;
    if (times < 1 || times > 100000)
        return 2;
    static const size_t sizes[] = {14, 74, 200};
    for (size_t i = 0; i < COUNT(sizes); i++)
        if (!measure(sizes[i], (size_t)times))
            return 1;
    return 0;
}
