#include "engine/routes.h"

#include "engine/login/idporten.h"
#include "engine/pages/pages.h"
#include "engine/reuse/api_body.h"

/* More literal rows stand before those with a ':' in the same place. */
const struct router_route routes[] = {
    {"GET", "/", ROUTER_ANYONE, find_form_front, 0, NULL},
    {"GET", "/statisk/:name", ROUTER_ANYONE, front_static, 0, NULL},
    {"GET", "/tilgjengelighet", ROUTER_ANYONE, about_accessibility, 0, NULL},
    {"GET", "/personvern", ROUTER_ANYONE, about_privacy, 0, NULL},

    {"GET", "/logg-inn", ROUTER_ANYONE, enter_show, 0, NULL},
    {"GET", "/logg-inn/idporten", ROUTER_ANYONE, enter_go, 0, NULL},
    {"GET", IDPORTEN_PATH_BACK, ROUTER_ANYONE, enter_back, 0, NULL},
    {"POST", "/logg-ut", ROUTER_ANYONE, leave_go, 0, NULL},
    {"GET", IDPORTEN_PATH_FRONT_CHANNEL, ROUTER_ANYONE, leave_told, 0, NULL},
    {"GET", IDPORTEN_PATH_LOGGED_OUT, ROUTER_ANYONE, leave_done, 0, NULL},
    {"POST", "/okt/forleng", ROUTER_CITIZEN, leave_later, 0, NULL},

    {"GET", "/skjema/:form", ROUTER_ANYONE, front_start, 0, NULL},
    {"POST", "/skjema/:form/start", ROUTER_CITIZEN, front_begin, 0, NULL},
    {"GET", "/skjema/:form/start", ROUTER_CITIZEN, front_after_login, 0, NULL},

    {"GET", "/utkast/:id/oppsummering", ROUTER_CITIZEN, review_show, 0, NULL},
    {"POST", "/utkast/:id/oppsummering", ROUTER_CITIZEN, review_send, 0, NULL},
    {"GET", "/utkast/:id/utkast.pdf", ROUTER_CITIZEN, review_pdf, 0, NULL},
    {"GET", "/utkast/:id", ROUTER_CITIZEN, fill_resume, 0, NULL},
    {"GET", "/utkast/:id/nytt-skjema", ROUTER_CITIZEN, moved_show, 0, NULL},
    {"POST", "/utkast/:id/nytt-skjema", ROUTER_CITIZEN, moved_go, 0, NULL},
    {"GET", "/utkast/:id/ikke-lagret", ROUTER_CITIZEN, kept_show, 0, NULL},
    {"POST", "/utkast/:id/ikke-lagret", ROUTER_CITIZEN, kept_settle, 0, NULL},
    {"GET", "/utkast/:id/slett", ROUTER_CITIZEN, discard_ask, 0, NULL},
    {"POST", "/utkast/:id/slett", ROUTER_CITIZEN, discard_do, 0, NULL},
    {"GET", "/utkast/:id/samtykke", ROUTER_CITIZEN, consent_show, 0, NULL},
    {"POST", "/utkast/:id/samtykke", ROUTER_CITIZEN, consent_give, 0, NULL},
    {"GET", "/utkast/:id/henter", ROUTER_CITIZEN, consent_wait, 0, NULL},
    {"GET", "/utkast/:id/velg", ROUTER_CITIZEN, choose_show, 0, NULL},
    {"POST", "/utkast/:id/velg", ROUTER_CITIZEN, choose_save, 0, "dok"},
    {"GET", "/utkast/:id/tidligere", ROUTER_CITIZEN, earlier_show, 0, NULL},
    {"POST", "/utkast/:id/tidligere", ROUTER_CITIZEN, earlier_save, 0, "dok"},
    {"GET", "/utkast/:id/side/:page", ROUTER_CITIZEN, fill_show, 0, NULL},
    {"POST", "/utkast/:id/side/:page", ROUTER_CITIZEN, fill_save, ROUTER_FILES, "*"},

    {"GET", "/kvittering/:id", ROUTER_CITIZEN, receipt_show, 0, NULL},
    {"GET", "/kvittering/:id/kvittering.pdf", ROUTER_CITIZEN, receipt_pdf, 0, NULL},
    {"GET", "/kvittering/:id/soknad.xml", ROUTER_CITIZEN, receipt_xml, 0, NULL},

    {"GET", "/brev/:id", ROUTER_CITIZEN, letter_link_show, 0, NULL},

    {"GET", "/min-side", ROUTER_CITIZEN, my_page_overview, 0, NULL},
    {"GET", "/min-side/dokumenter", ROUTER_CITIZEN, my_documents_list, 0, NULL},
    {"GET", "/min-side/dokumenter/:id", ROUTER_CITIZEN, my_documents_give, 0, NULL},
    {"POST", "/min-side/dokumenter/:id/fjern", ROUTER_CITIZEN, my_documents_take_out, 0, NULL},
    {"GET", "/min-side/skjema", ROUTER_CITIZEN, find_form_show, 0, NULL},
    {"GET", "/min-side/ettersend/:id", ROUTER_CITIZEN, later_show, 0, NULL},
    {"POST", "/min-side/ettersend/:id", ROUTER_CITIZEN, later_save, ROUTER_FILES, "*"},
    {"GET", "/min-side/ettersend/:id/kvittering.pdf", ROUTER_CITIZEN, later_pdf, 0, NULL},
    {"GET", "/min-side/soknader/:id/trekk", ROUTER_CITIZEN, withdrawal_ask, 0, NULL},
    {"POST", "/min-side/soknader/:id/trekk", ROUTER_CITIZEN, withdrawal_do, 0, NULL},
    {"GET", "/min-side/soknader/:id/trekk/kvittering.pdf", ROUTER_CITIZEN, withdrawal_pdf, 0, NULL},
    {"GET", "/min-side/vedtak/:id", ROUTER_CITIZEN, decision_show, 0, NULL},
    {"GET", "/min-side/vedtak/:id/vedtak.pdf", ROUTER_CITIZEN, decision_pdf, 0, NULL},
    {"GET", "/min-side/samtykker", ROUTER_CITIZEN, agreements_list, 0, NULL},
    {"GET", "/min-side/samtykker/:id", ROUTER_CITIZEN, agreements_show, 0, NULL},
    {"POST", "/min-side/samtykker/:id/trekk", ROUTER_CITIZEN, agreements_withdraw, 0, NULL},
    {"GET", "/min-side/innsynslogg", ROUTER_CITIZEN, insight_show, 0, NULL},
    {"GET", "/min-side/innsynslogg/innsynslogg.csv", ROUTER_CITIZEN, insight_csv_give, 0, NULL},
    {"GET", "/min-side/data", ROUTER_CITIZEN, own_data_show, 0, NULL},
    {"GET", "/min-side/data/alt.zip", ROUTER_CITIZEN, own_data_zip, 0, NULL},
    {"GET", "/min-side/data/slett", ROUTER_CITIZEN, own_data_ask, 0, NULL},
    {"POST", "/min-side/data/slett", ROUTER_CITIZEN, own_data_delete, 0, NULL},
    {"GET", "/min-side/innlogginger", ROUTER_CITIZEN, own_data_logins, 0, NULL},
    {"POST", "/min-side/innlogginger", ROUTER_CITIZEN, own_data_end_logins, 0, NULL},

    {"GET", "/min-side/foresporsler/:id", ROUTER_CITIZEN, evidence_show, 0, NULL},
    {"POST", "/min-side/foresporsler/:id", ROUTER_CITIZEN, evidence_answer, 0, NULL},
    {"POST", "/min-side/foresporsler/:id/trekk", ROUTER_CITIZEN, evidence_withdraw, 0, NULL},
    {"GET", "/min-side/bevis/:id", ROUTER_CITIZEN, evidence_certificate, 0, NULL},

    {"GET", "/api/v1/openapi.json", ROUTER_ANYONE, openapi_show, 0, NULL},
    {"POST", "/api/v1/evidence-requests", ROUTER_MACHINE, evidence_ask, API_BODY_MAX_QUESTION_BYTES,
     NULL},
    {"GET", "/api/v1/evidence-requests/:id", ROUTER_MACHINE, evidence_look, 0, NULL},
    {"GET", "/api/v1/evidence-requests/:id/document", ROUTER_MACHINE, evidence_document, 0, NULL},
    {"POST", "/api/v1/certificates", ROUTER_MACHINE, certificates_issue,
     API_BODY_MAX_CERTIFICATE_BYTES, NULL},
    {"POST", "/api/v1/decisions", ROUTER_MACHINE, decisions_send, API_BODY_MAX_DECISION_BYTES,
     NULL},
    {"GET", "/api/v1/withdrawals", ROUTER_MACHINE, withdrawals_show, 0, NULL},
    {"GET", "/api/v1/hvem", ROUTER_MACHINE, whoami_show, 0, NULL},
};
const size_t routes_count = COUNT(routes);

bool routes_at_once(const struct router_route *route)
{
    return route->handle == front_static;
}

bool routes_yield(const struct router_route *route)
{
    return route->handle == front_begin || route->handle == front_after_login;
}
