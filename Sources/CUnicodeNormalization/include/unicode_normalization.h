// What is asked of ICU. Its own headers stay out of Swift's sight: Foundation has another version of them inside.
#ifndef HINDSIGHT_UNICODE_NORMALIZATION_H
#define HINDSIGHT_UNICODE_NORMALIZATION_H

#include <stdbool.h>
#include <stdint.h>

// Writes `length` code units of UTF-16 in Normalization Form C (`is_composed`) or D.
// Returns how many there are, or a negative number where `capacity` is too small or the text is no UTF-16.
int32_t hindsight_unicode_normalize(
    const uint16_t *text, int32_t length, bool is_composed, uint16_t *normalized, int32_t capacity);

#endif
