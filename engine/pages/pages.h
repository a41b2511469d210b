/* pages.h - the handlers of the site, one file a page: read the request, act, render. context is
 * the struct app; request->visitor a struct visitor. Paths are in routes.c. */
#pragma once

#include "engine/http/response.h"

/* find_form.c: which forms there are, for everybody, and on Min side */
void find_form_front(void *context, struct request *request, struct response *response);
void find_form_show(void *context, struct request *request, struct response *response);

/* front.c: a form's start page, beginning a draft, static files */
void front_start(void *context, struct request *request, struct response *response);
void front_begin(void *context, struct request *request, struct response *response);
void front_after_login(void *context, struct request *request, struct response *response);
void front_static(void *context, struct request *request, struct response *response);

/* about.c: how the site can be used by all, and what becomes of what one writes */
void about_accessibility(void *context, struct request *request, struct response *response);
void about_privacy(void *context, struct request *request, struct response *response);

/* enter.c: the page before the login, to the identity provider, and back from it */
void enter_show(void *context, struct request *request, struct response *response);
void enter_go(void *context, struct request *request, struct response *response);
void enter_back(void *context, struct request *request, struct response *response);

/* leave.c: logout, here and when the identity provider tells of it; and more time */
void leave_go(void *context, struct request *request, struct response *response);
void leave_told(void *context, struct request *request, struct response *response);
void leave_done(void *context, struct request *request, struct response *response);
void leave_later(void *context, struct request *request, struct response *response);

/* fill.c, with press.c for its buttons: one step: show, save, back, next */
void fill_resume(void *context, struct request *request, struct response *response);
void fill_show(void *context, struct request *request, struct response *response);
void fill_save(void *context, struct request *request, struct response *response);

/* moved.c: what changed in a form whose drafts must go over to it, and going over */
void moved_show(void *context, struct request *request, struct response *response);
void moved_go(void *context, struct request *request, struct response *response);

/* kept.c: what was typed and could not be saved is given back */
void kept_show(void *context, struct request *request, struct response *response);
void kept_settle(void *context, struct request *request, struct response *response);

/* discard.c: deleting a draft */
void discard_ask(void *context, struct request *request, struct response *response);
void discard_do(void *context, struct request *request, struct response *response);

/* review.c: answers read back, as a page and as a PDF; send */
void review_show(void *context, struct request *request, struct response *response);
void review_pdf(void *context, struct request *request, struct response *response);
void review_send(void *context, struct request *request, struct response *response);

/* receipt.c: the receipt, its PDF, and what was sent as XML */
void receipt_show(void *context, struct request *request, struct response *response);
void receipt_pdf(void *context, struct request *request, struct response *response);
void receipt_xml(void *context, struct request *request, struct response *response);

/* consent.c: give consent, wait for the postbox */
void consent_show(void *context, struct request *request, struct response *response);
void consent_give(void *context, struct request *request, struct response *response);
void consent_wait(void *context, struct request *request, struct response *response);

/* choose.c: which of the shared documents to attach */
void choose_show(void *context, struct request *request, struct response *response);
void choose_save(void *context, struct request *request, struct response *response);

/* earlier.c: which of the documents that were sent before to use again */
void earlier_show(void *context, struct request *request, struct response *response);
void earlier_save(void *context, struct request *request, struct response *response);

/* whoami.c: API: what the caller's access token says */
void whoami_show(void *context, struct request *request, struct response *response);

/* later.c: what was promised for later is sent; its receipt */
void later_show(void *context, struct request *request, struct response *response);
void later_save(void *context, struct request *request, struct response *response);
void later_pdf(void *context, struct request *request, struct response *response);

/* letter_link.c: where the link in a letter leads */
void letter_link_show(void *context, struct request *request, struct response *response);

/* evidence.c: other agencies' requests, the citizen's answer; certificates */
void evidence_show(void *context, struct request *request, struct response *response);
void evidence_answer(void *context, struct request *request, struct response *response);
void evidence_withdraw(void *context, struct request *request, struct response *response);
void evidence_certificate(void *context, struct request *request, struct response *response);

/* withdrawal.c: an application taken back; decision.c: what the agency decided */
void withdrawal_ask(void *context, struct request *request, struct response *response);
void withdrawal_do(void *context, struct request *request, struct response *response);
void withdrawal_pdf(void *context, struct request *request, struct response *response);
void decision_show(void *context, struct request *request, struct response *response);
void decision_pdf(void *context, struct request *request, struct response *response);

/* reuse/evidence_api.c: API: asking, looking for an answer, reading the document */
void evidence_ask(void *context, struct request *request, struct response *response);
void evidence_look(void *context, struct request *request, struct response *response);
void evidence_document(void *context, struct request *request, struct response *response);

/* reuse/certificates_api.c: API: issuing */
void certificates_issue(void *context, struct request *request, struct response *response);

/* reuse/outcomes_api.c: API: the agency's decisions, and what was withdrawn */
void decisions_send(void *context, struct request *request, struct response *response);
void withdrawals_show(void *context, struct request *request, struct response *response);

/* reuse/openapi.c: API: what it is, for machines and those who build them */
void openapi_show(void *context, struct request *request, struct response *response);

/* my_page.c: Min side */
void my_page_overview(void *context, struct request *request, struct response *response);

/* my_documents.c: all documents of a person, and one of them: given out, taken out of its draft */
void my_documents_list(void *context, struct request *request, struct response *response);
void my_documents_give(void *context, struct request *request, struct response *response);
void my_documents_take_out(void *context, struct request *request, struct response *response);

/* insight.c: the log on Min side, as a page and as a table to take along */
void insight_show(void *context, struct request *request, struct response *response);
void insight_csv_give(void *context, struct request *request, struct response *response);

/* own_data.c: all that is held about a person; their logins */
void own_data_show(void *context, struct request *request, struct response *response);
void own_data_zip(void *context, struct request *request, struct response *response);
void own_data_ask(void *context, struct request *request, struct response *response);
void own_data_delete(void *context, struct request *request, struct response *response);
void own_data_logins(void *context, struct request *request, struct response *response);
void own_data_end_logins(void *context, struct request *request, struct response *response);

/* agreements.c: consents on Min side, withdraw */
void agreements_list(void *context, struct request *request, struct response *response);
void agreements_show(void *context, struct request *request, struct response *response);
void agreements_withdraw(void *context, struct request *request, struct response *response);
