/// Typing mistakes: a letter too many, too few, another, or two that changed places.
package enum EditDistance {
    /// One mistake in a word of four letters or more, two in one of nine or more.
    package static func isTypingMistake(_ left: String, _ right: String) -> Bool {
        // Letters of the alphabets that are matched take one byte or two.
        guard abs(left.utf8.count - right.utf8.count) <= 4 else { return false }
        return isWithin(left, right) { length in length < 4 ? nil : length >= 9 ? 2 : 1 }
    }

    package static func isWithinOne(_ left: String, _ right: String) -> Bool {
        abs(left.utf8.count - right.utf8.count) <= 2 && isWithin(left, right) { _ in 1 }
    }

    /// - Parameter limit: How many mistakes are allowed, by the length of the shorter text; `nil` for none at all.
    private static func isWithin(_ left: String, _ right: String, limit: (_ length: Int) -> Int?) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: left.utf8.count + right.utf8.count) { letters in
            var filled = 0
            for scalar in left.unicodeScalars {
                letters.initializeElement(at: filled, to: scalar.value)
                filled += 1
            }
            let middle = filled
            for scalar in right.unicodeScalars {
                letters.initializeElement(at: filled, to: scalar.value)
                filled += 1
            }
            var (one, other) = (letters[..<middle], letters[middle..<filled])
            guard let limit = limit(min(one.count, other.count)), abs(one.count - other.count) <= limit else { return false }
            // What is the same at both ends needs no table.
            while let a = one.first, let b = other.first, a == b { (one, other) = (one.dropFirst(), other.dropFirst()) }
            while let a = one.last, let b = other.last, a == b { (one, other) = (one.dropLast(), other.dropLast()) }
            return isWithin(one, other, limit)
        }
    }

    /// Whether the Damerau–Levenshtein distance (restricted) is within the limit.
    private static func isWithin(
        _ left: Slice<UnsafeMutableBufferPointer<UInt32>>, _ right: Slice<UnsafeMutableBufferPointer<UInt32>>, _ limit: Int
    ) -> Bool {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) <= limit }
        let width = right.count + 1
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 * width) { rows in
            rows.initialize(repeating: 0)
            for column in 0..<width { rows[width + column] = column }
            var (beforeLast, last, row) = (0, width, 2 * width)
            for i in 0..<left.count {
                let letter = left[left.startIndex + i]
                rows[row] = i + 1
                var best = i + 1
                for j in 0..<right.count {
                    let other = right[right.startIndex + j]
                    var distance = min(rows[row + j] + 1, rows[last + j + 1] + 1, rows[last + j] + (letter == other ? 0 : 1))
                    if i > 0, j > 0, letter == right[right.startIndex + j - 1], left[left.startIndex + i - 1] == other {
                        distance = min(distance, rows[beforeLast + j - 1] + 1)
                    }
                    rows[row + j + 1] = distance
                    best = min(best, distance)
                }
                if best > limit { return false }
                (beforeLast, last, row) = (last, row, beforeLast)
            }
            return rows[last + right.count] <= limit
        }
    }
}
