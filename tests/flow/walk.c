#include "tests/flow/walk.h"

#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_S = 30 };

static void done(struct walk *walk, const char *what)
{
    if (walk->step)
        walk->step(what);
}

static void must_see(struct walk *walk, const char *text)
{
    if (browser_sees(walk->browser, text))
        return;
    char why[400];
    snprintf(why, sizeof why, "%s does not say \"%s\"", browser_address(walk->browser), text);
    walk->failed(why);
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

void walk_wait_for(struct walk *walk, const char *text, int timeout_s)
{
    char address[512];
    snprintf(address, sizeof address, "%s", browser_address(walk->browser));
    int64_t until = clock_monotonic_ms() + (int64_t)timeout_s * 1000;
    while (!browser_sees(walk->browser, text) && clock_monotonic_ms() < until) {
        pause_ms(100);
        browser_visit(walk->browser, address);
    }
    must_see(walk, text);
}

/* The first of the texts that is on a button or link; NULL: none. */
static const char *one_of(const struct browser *browser, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (browser_status(browser) == 200 && browser_has_button(browser, texts[i]))
            return texts[i];
    return NULL;
}

bool walk_through_login(struct browser *browser, const char *name, const char *level)
{
    static const char *const away[] = {"Logg inn med ID-porten", "Log in with ID-porten",
                                       "Sisačálit ID-portenain"};
    static const char *const in[] = {"Logg inn som testperson", "Log in as test person",
                                     "Sisačálit geahččalanolmmožin"};
    const char *button = one_of(browser, away, COUNT(away));
    if (button)
        browser_press(browser, button);
    button = one_of(browser, in, COUNT(in));
    if (button) {
        browser_tick(browser, name);
        if (level)
            browser_tick(browser, level);
        browser_press(browser, button);
    }
    return browser_status(browser) == 200;
}

void walk_log_in(struct walk *walk, const char *name)
{
    char url[512];
    if (!browser_address(walk->browser) || !strstr(browser_address(walk->browser), "/logg-inn")) {
        snprintf(url, sizeof url, "%s/logg-inn", walk->server->site);
        browser_visit(walk->browser, url);
    }
    walk_through_login(walk->browser, name, NULL);
    must_see(walk, name);
}

/* The first of the month after next, so that "the first in the next month" holds on any day. */
static void fill_from_date(struct walk *walk)
{
    struct clock_time now = clock_oslo(clock_now());
    int month = now.month + 2, year = now.year;
    if (month > 12) {
        month -= 12;
        year++;
    }
    char text[16];
    browser_fill(walk->browser, "#barnehage-fra-dag", "1");
    snprintf(text, sizeof text, "%d", month);
    browser_fill(walk->browser, "#barnehage-fra-maned", text);
    snprintf(text, sizeof text, "%d", year);
    browser_fill(walk->browser, "#barnehage-fra-ar", text);
}

static void fill_child(struct walk *walk, int number, const char *name, int age)
{
    char field[64], year[16];
    snprintf(field, sizeof field, "#barn-%d-navn", number);
    browser_fill(walk->browser, field, name);
    snprintf(field, sizeof field, "#barn-%d-fodt-dag", number);
    browser_fill(walk->browser, field, "7");
    snprintf(field, sizeof field, "#barn-%d-fodt-maned", number);
    browser_fill(walk->browser, field, "mars");
    snprintf(field, sizeof field, "#barn-%d-fodt-ar", number);
    snprintf(year, sizeof year, "%d", clock_oslo(clock_now()).year - age);
    browser_fill(walk->browser, field, year);
}

static void fill_in(struct walk *walk)
{
    struct browser *browser = walk->browser;
    browser_tick(browser, "Solbakken barnehage");
    browser_fill(browser, "Timer per uke", "41");
    fill_from_date(walk);
    fill_child(walk, 1, "Nora Fjeld Berg", 3);
    browser_press(browser, "Legg til");
    fill_child(walk, 2, "Emil Fjeld Berg", 2);
    browser_press(browser, "Neste steg");
    must_see(walk, "Hvem bor du sammen med?");
    done(walk, "filled in the kindergarten and two children");

    browser_tick(browser, "Jeg er alene med barnet eller barna");
    browser_fill(browser, "Din inntekt per år", "412 000");
    browser_tick(browser, "Ja");
    browser_press(browser, browser_has_button(browser, "Beregn på nytt")
                               ? "Beregn på nytt"
                               : "Vis spørsmål som hører til svaret");
    must_see(walk, "412\u00A0000\u00A0kr");
    done(walk, "saw the preliminary calculation");
    browser_tick(browser, "Jeg bekrefter at opplysningene gjelder");
    browser_press(browser, "Neste steg");
    if (browser_sees(browser, "Hva har endret seg")) { /* the question that belongs to "Ja" */
        browser_fill(browser, "Hva har endret seg", "Jeg har gått ned til 80 prosent stilling.");
        browser_press(browser, "Neste steg");
    }
    for (int i = 0; i < WAIT_S && browser_sees(browser, "Vi henter opplysninger om deg"); i++) {
        pause_ms(100); /* somebody who is quicker than the registers */
        browser_press(browser, "Fortsett");
    }
    must_see(walk, "Kontaktopplysninger");
    browser_press(browser, "Neste steg");
    must_see(walk, "Dokumenter vi trenger");
    done(walk, "filled in household and income");
}

/* Looks into the mailbox; the address of the newest request, "" when there is none. */
static const char *newest_request(struct walk *walk, struct browser *postbox, const char *person)
{
    char url[512];
    snprintf(url, sizeof url, "%s/postkasse/%s", walk->server->postbox, person);
    browser_visit(postbox, url);
    const char *link = browser_link(postbox, "Fjordvik kommune ber deg dele dokument");
    return link ? link : "";
}

void walk_remember_requests(struct walk *walk, const char *person)
{
    CLEANUP(browser_close) struct browser *postbox = browser_open(walk->failed);
    snprintf(walk->known_request, sizeof walk->known_request, "%s",
             newest_request(walk, postbox, person));
}

struct browser *walk_open_request(struct walk *walk, const char *person)
{
    struct browser *postbox = browser_open(walk->failed);
    for (int i = 0; i < WAIT_S * 10; i++) {
        if (!text_equal(newest_request(walk, postbox, person), walk->known_request))
            break;
        pause_ms(100);
    }
    browser_press(postbox, "Fjordvik kommune ber deg dele dokument");
    return postbox;
}

/* In the postbox: the newest tax return and the newest pay slip, from those who made them. */
static void share_in_the_postbox(struct walk *walk)
{
    CLEANUP(browser_close) struct browser *postbox = walk_open_request(walk, "ingrid");
    char last_year[64];
    done(walk, "opened the request in the postbox");
    snprintf(last_year, sizeof last_year, "Skattemelding for %d", clock_oslo(clock_now()).year - 1);
    /* copies that came back with an earlier receipt have the same titles, but not the same sender
     */
    browser_tick_described(postbox, last_year, "Fra Skatteetaten");
    browser_tick_described(postbox, "Lønnsslipp", "Fra Nordlys Regnskap AS");
    browser_press(postbox, "Del dokumenter");
    if (!browser_sees(postbox, "Trekk tilbake deling"))
        walk->failed("the postbox did not take the sharing");
    done(walk, "shared two documents there");
}

void walk_start(struct walk *walk, const char *form, const char *name)
{
    char url[512];
    snprintf(url, sizeof url, "%s/skjema/%s", walk->server->site, form);
    browser_visit(walk->browser, url);
    browser_press(walk->browser, "Logg inn og start");
    walk_log_in(walk, name);
    if (browser_has_button(walk->browser, "Start en ny søknad")) /* a draft was there before */
        browser_press(walk->browser, "Start en ny søknad");
}

void walk_to_documents(struct walk *walk, const char *name)
{
    walk_start(walk, "redusert-foreldrebetaling", name);
    char what[128];
    snprintf(what, sizeof what, "logged in as %s", name);
    done(walk, what);
    fill_in(walk);
}

void walk_consent(struct walk *walk)
{
    walk_remember_requests(walk, "ingrid");
    browser_press(walk->browser, "Hent fra digital postkasse");
    must_see(walk, "Vi bruker skattemeldingen");
    browser_press(walk->browser, "Gå til postkassen");
    done(walk, "gave consent");
}

void walk_to_review(struct walk *walk)
{
    struct browser *browser = walk->browser;
    walk_to_documents(walk, "Ingrid Fjeld");
    walk_consent(walk);
    share_in_the_postbox(walk);
    walk_wait_for(walk, "Legg ved valgte dokumenter", WAIT_S);
    browser_press(browser, "Legg ved valgte dokumenter");
    walk_wait_for(walk, "2 av 2 krav er oppfylt", WAIT_S);
    must_see(walk, "Bekreftet fra avsender");
    done(walk, "attached both, confirmed from their senders");
    browser_press(browser, "Neste steg");
    must_see(walk, "Se over og send inn");
    done(walk, "read the answers back");
}

void walk_send(struct walk *walk)
{
    browser_tick(walk->browser, "Jeg bekrefter at opplysningene er riktige");
    browser_press(walk->browser, "Send søknaden");
    must_see(walk, "Vi har mottatt søknaden din");
    done(walk, "sent it");
}

static json_t *control(struct walk *walk, const char *path)
{
    CLEANUP(browser_close) struct browser *browser = browser_open(walk->failed);
    char url[512];
    snprintf(url, sizeof url, "%s/control/%s", walk->server->postbox, path);
    browser_visit(browser, url);
    struct bytes content = browser_content(browser);
    return json_loadb((const char *)content.data, content.size, 0, NULL);
}

int walk_letters(struct walk *walk, const char *person, const char *title, char *uuid, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "letters/%s", person);
    json_t *letters = control(walk, path), *letter;
    const json_t *list = json_is_array(letters) ? letters : json_object_get(letters, "letters");
    size_t index;
    int count = 0;
    if (size)
        *uuid = '\0';
    json_array_foreach(list, index, letter)
    {
        const char *subject = json_string_value(json_object_get(letter, "subject"));
        if (!subject || !text_starts_with(subject, title))
            continue;
        count++;
        if (size)
            snprintf(uuid, size, "%s", json_string_value(json_object_get(letter, "uuid")));
    }
    json_decref(letters);
    return count;
}

struct bytes walk_letter_bytes(struct walk *walk, struct arena *arena, const char *uuid)
{
    CLEANUP(browser_close) struct browser *browser = browser_open(walk->failed);
    char url[512];
    snprintf(url, sizeof url, "%s/control/documents/%s", walk->server->postbox, uuid);
    browser_visit(browser, url);
    return arena_bytes(arena, browser_content(browser));
}

struct bytes walk_receipt_bytes(struct walk *walk, struct arena *arena)
{
    char receipt[512];
    snprintf(receipt, sizeof receipt, "%s", browser_address(walk->browser));
    browser_press(walk->browser, "Last ned søknaden");
    struct bytes pdf = arena_bytes(arena, browser_content(walk->browser));
    browser_visit(walk->browser, receipt);
    return pdf;
}
