import CustomerMDM
import HindsightTesting
import Testing

@Suite("Typing mistakes") struct EditDistanceTests {
    @Test(
        "One slip in a word is a typing mistake, and two in a long one",
        arguments: [
            ("волков", "вoлков", true), ("волков", "влоков", true), ("волков", "волоков", true), ("волков", "волк", false),
            ("ана", "анна", false), ("новикенко", "новекинко", true), ("новикен", "новекин", false), ("", "", false),
            ("константинопольский", "константинапольскии", true), ("abcd", "abdc", true), ("abcd", "badc", false),
        ])
    func slips(one: String, other: String, isMistake: Bool) {
        #expect(EditDistance.isTypingMistake(one, other) == isMistake)
        #expect(EditDistance.isTypingMistake(other, one) == isMistake)
    }

    /// Damerau–Levenshtein (restricted), written down as it is defined.
    private func distance(_ one: [Character], _ other: [Character]) -> Int {
        var table = Array(repeating: Array(repeating: 0, count: other.count + 1), count: one.count + 1)
        for i in 0...one.count { table[i][0] = i }
        for j in 0...other.count { table[0][j] = j }
        for i in one.indices {
            for j in other.indices {
                var best = min(table[i][j + 1] + 1, table[i + 1][j] + 1, table[i][j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { best = min(best, table[i - 1][j - 1] + 1) }
                table[i + 1][j + 1] = best
            }
        }
        return table[one.count][other.count]
    }

    @Test("Whatever the words, it is the distance by its definition", arguments: 1...20 as ClosedRange<UInt64>)
    func agrees(seed: UInt64) {
        var random = SeededGenerator(seed)
        for _ in 0..<500 {
            func word() -> [Character] {
                (0..<Int.random(in: 0...10, using: &random)).map { _ in "абв".randomElement(using: &random) ?? "а" }
            }
            let (one, other) = (word(), word())
            let exact = distance(one, other)
            #expect(EditDistance.isWithinOne(String(one), String(other)) == (exact <= 1), "seed \(seed): \(String(one)) \(String(other))")
            let length = min(one.count, other.count)
            let isMistake = length >= 4 && exact <= (length >= 9 ? 2 : 1)
            #expect(EditDistance.isTypingMistake(String(one), String(other)) == isMistake, "seed \(seed): \(String(one)) \(String(other))")
        }
    }
}
