/// The names we know: what a word may be, and what it stands for.
struct RussianLexicon {
    struct Entry {
        /// Full given names that the word may stand for, the likeliest first; empty for a word that is no given name.
        var givenNames: [Word] = []
        /// Given names of the father; empty for a word that is no patronymic.
        var fathers: [Word] = []
        var isSurname = false
        /// Whether the word is the full form of a name.
        var isFullName = false
        /// Of the given names and the patronymic: both for Саша.
        var genders: Set<Gender> = []
    }

    static let shared = RussianLexicon()

    private var entries: [Word: Entry] = [:]
    /// By what all ways of transliteration leave of them.
    private var skeletons: [Word: [Word]] = [:]
    /// Given names by what is left of them without one of their letters, and by themselves.
    private var shortened: [Word: [Word]] = [:]
    /// How many of the known names have two letters side by side, in the order of `А…Я` and the edge of a word.
    private var pairs = [Int32](repeating: 0, count: 33 * 33)

    private init() {
        addGivenNames(RussianGivenNames.masculine, .male)
        addGivenNames(RussianGivenNames.feminine, .female)
        for (word, entry) in entries where entry.givenNames.count > 1 || !entry.isFullName {
            // A name in its own right that stands for others as well means both, itself first.
            if entry.isFullName { entries[word]?.givenNames = [word] + entry.givenNames.filter { $0 != word } }
        }
        for word in masculineNames { addPatronymics(of: word) }
        for name in RussianSurnames.frequent.split(whereSeparator: \.isWhitespace) { addSurname(Word(TypedText(String(name)).units)) }
        for word in entries.keys {
            count(word)
            if isGivenName(word) { for short in word.shortenings { shortened[short, default: []].append(word) } }
        }
        // In a fixed order: a Latin spelling may lead back to several names.
        let order = entries.sorted { ($0.value.isFullName ? 0 : 1, $0.key.text) < ($1.value.isFullName ? 0 : 1, $1.key.text) }
        for (word, _) in order { skeletons[Transliteration.skeleton(ofCyrillic: word), default: []].append(word) }
        for (latin, name) in RussianGivenNames.international {
            skeletons[Transliteration.skeleton(ofLatin: Word(latin)), default: []].append(Word(name))
        }
    }

    subscript(word: Word) -> Entry? { entries[word] }

    func isGivenName(_ word: Word) -> Bool { !(entries[word]?.givenNames.isEmpty ?? true) }

    /// Full given names that a word may be a slip of the finger for: a letter too many, too few, another, or two that changed places. Words
    /// of three letters are near to too many names: of them only a letter that was doubled, or not, counts.
    func givenNames(near word: Word) -> [Word] {
        var found: Set<Word> = []
        for short in word.shortenings {
            for name in shortened[short] ?? [] {
                let isNear =
                    min(name.count, word.count) >= 4
                    ? EditDistance.isWithinOne(name.text, word.text) : name.withoutDoubles == word.withoutDoubles
                if isNear { found.formUnion(entries[name]?.givenNames ?? []) }
            }
        }
        return Array(found)
    }

    /// A known word that a Latin spelling leads back to.
    func transliteratedBack(_ latin: Word) -> Word? {
        let skeleton = Transliteration.skeleton(ofLatin: latin)
        if let found = skeletons[skeleton]?.first { return found }
        // Артём is Artem and Artyom.
        let plain = Word(skeleton.text.replacingPairs(of: "io", with: "e"))
        return plain == skeleton ? nil : skeletons[plain]?.first
    }

    /// How much a word looks like the names we know: the average weight of its letter pairs, 0…16.
    func likeness(_ word: Word) -> Double {
        var (sum, last) = (0, 32)
        for unit in word.units + [0] {
            let letter = Self.index(unit)
            sum += 32 - pairs[33 * last + letter].leadingZeroBitCount
            last = letter
        }
        return Double(sum) / Double(word.count + 1)
    }

    // MARK: - Made from the tables

    private var masculineNames: [Word] { entries.filter { $0.value.genders.contains(.male) && !$0.value.givenNames.isEmpty }.map(\.key) }

    private mutating func addGivenNames(_ table: String, _ gender: Gender) {
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ").map { Word(RussianSpelling.folded(TypedText(String($0)).units[...]).units) }
            guard let full = words.first else { continue }
            entries[full, default: Entry()].isFullName = true
            for word in words {
                entries[word, default: Entry()].genders.insert(gender)
                if !entries[word, default: Entry()].givenNames.contains(full) { entries[word]?.givenNames.append(full) }
            }
        }
    }

    private mutating func addPatronymics(of name: Word) {
        guard let entry = entries[name] else { return }
        for (patronymic, gender) in Patronymic.forms(of: name) {
            entries[patronymic, default: Entry()].genders.insert(gender)
            for father in entry.givenNames where entries[father]?.genders.contains(.male) ?? false {
                if !entries[patronymic, default: Entry()].fathers.contains(father) { entries[patronymic]?.fathers.append(father) }
            }
        }
    }

    private mutating func addSurname(_ typed: Word) {
        let name = RussianSpelling.folded(typed.units[...])
        entries[name, default: Entry()].isSurname = true
        for (masculine, feminine) in [
            ("ский", "ская"), ("цкий", "цкая"), ("ый", "ая"), ("ой", "ая"), ("ий", "ая"), ("ов", "ова"), ("ев", "ева"), ("ин", "ина"),
        ]
        where name.hasSuffix(Word(masculine)) {
            let form = Word(name.dropping(masculine.utf16.count).units + Array(feminine.utf16))
            entries[form, default: Entry()].isSurname = true
            break
        }
    }

    private mutating func count(_ word: Word) {
        var last = 32
        for unit in word.units + [0] {
            let letter = Self.index(unit)
            pairs[33 * last + letter] += 1
            last = letter
        }
    }

    private static func index(_ unit: UInt16) -> Int { (0x430...0x44F).contains(unit) ? Int(unit - 0x430) : 32 }
}

extension String {
    fileprivate func replacingPairs(of pair: String, with other: String) -> String {
        self.split(separator: pair, omittingEmptySubsequences: false).joined(separator: other)
    }
}

extension Word {
    fileprivate var withoutDoubles: Word {
        Word(units.indices.filter { $0 == 0 || units[$0] != units[$0 - 1] }.map { units[$0] })
    }

    /// The word, and what is left of it without each of its letters: words that one slip parts have one of these in common.
    fileprivate var shortenings: Set<Word> {
        var found: Set<Word> = [self]
        for index in units.indices {
            var short = units
            short.remove(at: index)
            found.insert(Word(short))
        }
        return found
    }
}
