#include "engine/open/open_signer.h"

#include "engine/base/clock.h"

void open_signer_tell(struct open_report *report, const char *where, const struct open_rules *rules,
                      const struct x509_certificate *chain, size_t count)
{
    const struct x509_certificate *signer = &chain[0];
    struct error err;
    open_fact(report, "signed by: %s%s%s, certificate %s by %s", signer->name,
              *signer->organisation ? ", organisation " : "", signer->organisation, signer->serial,
              signer->issuer);
    if (!*signer->organisation)
        open_wrong(report, where, "the signer's certificate names no Norwegian organisation");
    if (!signer->may_sign)
        open_wrong(report, where, "the signer's key is not for signing");
    if (!rules->trust)
        open_warn(report, where, "nobody was asked who vouches for the signer (no --trust)");
    else if (!x509_vouched(rules->trust, signer, chain + 1, count - 1, rules->at, &err))
        open_wrong(report, where, "%s (at %s)", err.text, clock_iso_oslo(report->arena, rules->at));
    if (rules->at < signer->valid_from || rules->at > signer->expires)
        open_wrong(report, where, "the signer's certificate was valid from %s to %s",
                   clock_iso_oslo(report->arena, signer->valid_from),
                   clock_iso_oslo(report->arena, signer->expires));
}
