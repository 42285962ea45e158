// What is asked of libphonenumber, for callers that know no C++.
#ifndef HINDSIGHT_PHONE_NUMBER_H
#define HINDSIGHT_PHONE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// How long a text is as a number of its country.
enum hindsight_phone_length {
    HINDSIGHT_PHONE_NOT_A_NUMBER,
    HINDSIGHT_PHONE_WRONG_LENGTH,
    // Enough to dial within a town, too little to know which.
    HINDSIGHT_PHONE_LOCAL_ONLY,
    HINDSIGHT_PHONE_POSSIBLE,
};

struct hindsight_phone {
    // '+', the country's code and the national number, ended by a zero; 15 digits are the most there are (ITU-T E.164).
    char e164[20];
    enum hindsight_phone_length length;
    bool has_extension;
};

// Reads `length` bytes of UTF-8 as a phone number that is dialled in `region`, two letters of ISO 3166-1.
struct hindsight_phone hindsight_phone_parse(const char *text, size_t length, const char *region);

// Whether the library knows the region.
bool hindsight_phone_knows_region(const char *region);

#ifdef __cplusplus
}
#endif
#endif
