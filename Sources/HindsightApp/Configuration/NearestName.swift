/// Finds what somebody may have meant.
enum NearestName {
    /// The known name that takes the fewest edits; one that was cut short, or lacks its sections, counts as nearly right.
    static func find(_ name: String, among known: [String], without prefix: String = "") -> String {
        let name = name.dropFirst(prefix.count)
        func cost(_ candidate: String) -> Int {
            let candidate = candidate.dropFirst(prefix.count)
            if !name.isEmpty, candidate.hasPrefix(name) { return 1 }
            return min(edits(name, candidate), edits(name, candidate.suffix(name.count)) + 2)
        }
        return known.min { cost($0) < cost($1) } ?? ""
    }

    private static func edits(_ one: Substring, _ other: Substring) -> Int {
        let other = Array(other.lowercased())
        var row = Array(0...other.count)
        for (index, character) in one.lowercased().enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (character == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
