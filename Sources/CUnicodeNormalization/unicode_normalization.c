#include "unicode_normalization.h"

#include <unicode/unorm2.h>

int32_t hindsight_unicode_normalize(
    const uint16_t *text, int32_t length, bool is_composed, uint16_t *normalized, int32_t capacity) {
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *form = is_composed ? unorm2_getNFCInstance(&status) : unorm2_getNFDInstance(&status);
    if (U_FAILURE(status)) return -1;
    int32_t count = unorm2_normalize(form, text, length, normalized, capacity, &status);
    return U_FAILURE(status) ? -1 : count;
}
