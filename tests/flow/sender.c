#include "tests/flow/sender.h"

#include "engine/base/text.h"
#include "tests/flow/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RECEIPT "/kvittering/"

static const char form[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:sk='urn:skjema:1'><h:head><h:title>Klage</h:title><model><instance>"
    "<data id='klage'><v><hva/><bilag/></v></data></instance>"
    "<bind nodeset='/data/v/hva' required='true()'/></model>"
    "<sk:about prefix='KG' retention='P1Y'/></h:head><h:body class='pages'>"
    "<group ref='/data/v'><label>Klagen</label>"
    "<input ref='/data/v/hva'><label>Hva gjelder det</label></input>"
    "<upload ref='/data/v/bilag' accept='application/pdf' sk:sources='disk'>"
    "<label>Bilag</label></upload></group></h:body></h:html>";

static const char document[] = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n";

void sender_make_forms(const char *folder, char *out, size_t size)
{
    char path[700];
    snprintf(out, size, "%s/forms", folder);
    snprintf(path, sizeof path, "%s/klage", out);
    if (mkdir(out, 0700) != 0 || mkdir(path, 0700) != 0)
        abort();
    snprintf(path, sizeof path, "%s/klage/form.xml", out);
    FILE *file = fopen(path, "we");
    if (!file || fputs(form, file) < 0 || fclose(file) != 0)
        abort();
}

void sender_open(struct sender *sender, const struct server_under_test *server, const char *person,
                 void (*failed)(const char *why))
{
    *sender = (struct sender){.server = server, .person = person, .browser = browser_open(failed)};
    browser_bear(sender->browser);
}

void sender_close(struct sender *sender)
{
    browser_close(&sender->browser);
    free(sender->sent);
    sender->sent = NULL;
}

/* ---- towards "Send" ---- */

/* Whether the page came, and has such a button. */
static bool is_at(const struct sender *sender, const char *button)
{
    return browser_status(sender->browser) == 200 && browser_has_button(sender->browser, button);
}

static bool press(struct sender *sender, const char *button)
{
    if (!is_at(sender, button))
        return false;
    browser_press(sender->browser, button);
    return browser_status(sender->browser) == 200;
}

static bool log_in(struct sender *sender)
{
    if (!is_at(sender, "Logg inn"))
        return false;
    return walk_through_login(sender->browser, sender->person, NULL);
}

static bool begin(struct sender *sender)
{
    char url[256];
    snprintf(url, sizeof url, "%s/skjema/klage", sender->server->site);
    browser_visit(sender->browser, url);
    if (is_at(sender, "Logg inn og start") &&
        !(press(sender, "Logg inn og start") && log_in(sender)))
        return false;
    if (is_at(sender, "Start en ny søknad")) /* one that is open already, or was sent */
        return press(sender, "Start en ny søknad");
    return is_at(sender, "Start søknaden") ? press(sender, "Start søknaden") : true;
}

static bool attach(struct sender *sender)
{
    static const char label[] = "Last opp";
    if (!is_at(sender, "Last opp valgt"))
        return false;
    browser_fill(sender->browser, "Hva gjelder det", "Gebyret for august.");
    browser_choose_file(sender->browser, label, "bilag.pdf", "application/pdf", BYTES_OF(document));
    return press(sender, "Last opp valgt") && browser_sees(sender->browser, "bilag.pdf");
}

bool sender_prepare(struct sender *sender)
{
    sender->has_pressed = false;
    sender->is_ready = begin(sender) && attach(sender) && press(sender, "Neste steg") &&
                       is_at(sender, "Send") &&
                       browser_sees(sender->browser, "Jeg bekrefter at opplysningene er riktige");
    return sender->is_ready;
}

/* ---- sending ---- */

/* Where a 303 leads to, "" when it is no receipt. */
static const char *receipt_of(const struct sender *sender)
{
    const char *to =
        browser_status(sender->browser) == 303 ? browser_header(sender->browser, "Location") : NULL;
    const char *path = to ? strstr(to, RECEIPT) : NULL;
    return path ? path : "";
}

static void acknowledge(struct sender *sender, const char *receipt)
{
    if (sender->count == sender->capacity) {
        sender->capacity = sender->capacity ? sender->capacity * 2 : 64;
        sender->sent = realloc(sender->sent, sender->capacity * sizeof *sender->sent);
        if (!sender->sent)
            abort();
    }
    struct sent *sent = &sender->sent[sender->count++];
    *sent = (struct sent){0};
    snprintf(sent->receipt, sizeof sent->receipt, "%s", receipt);
}

bool sender_send(struct sender *sender)
{
    if (!sender->has_pressed) {
        browser_tick(sender->browser, "Jeg bekrefter at opplysningene er riktige");
        sender->has_pressed = true;
        browser_press_only(sender->browser, "Send");
    } else {
        browser_press_again(sender->browser);
    }
    const char *receipt = receipt_of(sender);
    if (!*receipt)
        return false;
    acknowledge(sender, receipt);
    sender->is_ready = false;
    return true;
}

bool sender_repeat(struct sender *sender)
{
    browser_press_again(sender->browser);
    const char *receipt = receipt_of(sender);
    if (!*receipt)
        return false;
    if (!text_equal(receipt, sender->sent[sender->count - 1].receipt)) {
        fprintf(stderr, "%s and %s\n", receipt, sender->sent[sender->count - 1].receipt);
        abort(); /* two receipts for one press */
    }
    return true;
}

bool sender_take_receipt(struct sender *sender)
{
    struct sent *sent = &sender->sent[sender->count - 1];
    char url[400];
    snprintf(url, sizeof url, "%s%s", sender->server->site, sent->receipt);
    browser_visit(sender->browser, url);
    if (!press(sender, "Last ned"))
        return false;
    sent->pdf = crypto_sha256(browser_content(sender->browser));
    return true;
}
