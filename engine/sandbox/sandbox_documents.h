/* sandbox_documents.h - the documents that lie in the test people's mailboxes at first: believable
 * PDFs (A4, one or two pages, embedded fonts) with invented figures that agree with each other, as
 * sandbox_people.h gives them. Every page says small that it is a test document.
 *
 * Each function writes one PDF into the arena; the same input gives the same bytes. They fail with
 * ERROR_BROKEN only. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/sandbox/sandbox_people.h"

/* Skattemelding for the income year, from Skatteetaten: pay from the employer, deductions, wealth
 * and debt, general income, tax calculation. Pay of years before 2025 is 4 % lower for each. */
CHECKED bool sandbox_documents_tax_return(struct arena *arena, const struct sandbox_person *person,
                                          int income_year, struct bytes *out, struct error *err);

/* Lønnsslipp for one month (1 to 12), from the person's employer, which is not NULL: hours or
 * monthly pay, tax, pension, net, totals so far this year. Paid out on the 12th. */
CHECKED bool sandbox_documents_pay_slip(struct arena *arena, const struct sandbox_person *person,
                                        int year, int month, struct bytes *out, struct error *err);

/* Skatteattest (restanseattest) from Skatteetaten: no tax or VAT in arrears on the day of issue
 * (Unix seconds; the date is written as in Norway). */
CHECKED bool sandbox_documents_tax_certificate(struct arena *arena,
                                               const struct sandbox_person *person,
                                               int64_t issued_at, struct bytes *out,
                                               struct error *err);

#define SANDBOX_DOCUMENTS_LANDLORD "Solbakken Utleie AS"

/* A PDF the person put into the mailbox themselves: a rental agreement (husleiekontrakt) for the
 * person's address, dated written_at. */
CHECKED bool sandbox_documents_rental_agreement(struct arena *arena,
                                                const struct sandbox_person *person,
                                                int64_t written_at, struct bytes *out,
                                                struct error *err);
