/* openssl_scope.h - OpenSSL's handles in a scope (CLEANUP), for the files of this folder that speak
 * it: what each is closed by, bytes as something to read from, and keys without a passphrase. */
#pragma once

#include "engine/base/base.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdlib.h>

static inline void openssl_close_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

static inline void openssl_close_certificates(STACK_OF(X509) * *certificates)
{
    sk_X509_pop_free(*certificates, X509_free);
}

static inline void openssl_close_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static inline void openssl_close_cms(CMS_ContentInfo **cms)
{
    CMS_ContentInfo_free(*cms);
}

static inline void openssl_close_time(ASN1_TIME **time)
{
    ASN1_TIME_free(*time);
}

static inline void openssl_close_bio(BIO **bio)
{
    BIO_free(*bio);
}

static inline void openssl_close_context(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

/* To be read from; the bytes stay the caller's. */
static inline BIO *openssl_memory(struct bytes bytes)
{
    BIO *memory = BIO_new_mem_buf(bytes.size ? bytes.data : (const void *)"", (int)bytes.size);
    if (!memory)
        abort();
    return memory;
}

/* Never asks anybody for a passphrase. */
static inline int openssl_no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}
