#include "phone_number.h"

#include <cstdio>
#include <phonenumbers/phonenumberutil.h>
#include <set>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

hindsight_phone_length length_of(const PhoneNumber &number) {
    switch (PhoneNumberUtil::GetInstance()->IsPossibleNumberWithReason(number)) {
    case PhoneNumberUtil::IS_POSSIBLE:
        return HINDSIGHT_PHONE_POSSIBLE;
    case PhoneNumberUtil::IS_POSSIBLE_LOCAL_ONLY:
        return HINDSIGHT_PHONE_LOCAL_ONLY;
    case PhoneNumberUtil::TOO_LONG:
    case PhoneNumberUtil::TOO_SHORT:
    case PhoneNumberUtil::INVALID_LENGTH:
        return HINDSIGHT_PHONE_WRONG_LENGTH;
    case PhoneNumberUtil::INVALID_COUNTRY_CODE:
        break;
    }
    return HINDSIGHT_PHONE_NOT_A_NUMBER;
}

// The library's own Format does this with a search for the country's rules; E.164 has none.
void write_e164(const PhoneNumber &number, char (&text)[20]) {
    std::string national;
    if (number.italian_leading_zero()) {
        national.assign(static_cast<size_t>(number.number_of_leading_zeros()), '0');
    }
    national += std::to_string(number.national_number());
    std::snprintf(text, sizeof text, "+%d%s", number.country_code(), national.c_str());
}

} // namespace

hindsight_phone hindsight_phone_parse(const char *text, size_t length, const char *region) {
    hindsight_phone phone = {};
    PhoneNumber number;
    const auto failure = PhoneNumberUtil::GetInstance()->Parse(std::string(text, length), region, &number);
    if (failure != PhoneNumberUtil::NO_PARSING_ERROR) {
        const bool has_wrong_length = failure == PhoneNumberUtil::TOO_SHORT_NSN || failure == PhoneNumberUtil::TOO_SHORT_AFTER_IDD ||
                                      failure == PhoneNumberUtil::TOO_LONG_NSN;
        phone.length = has_wrong_length ? HINDSIGHT_PHONE_WRONG_LENGTH : HINDSIGHT_PHONE_NOT_A_NUMBER;
        return phone;
    }
    phone.length = length_of(number);
    phone.has_extension = number.has_extension();
    write_e164(number, phone.e164);
    return phone;
}

bool hindsight_phone_knows_region(const char *region) {
    std::set<std::string> regions;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
    return regions.count(region) > 0;
}
