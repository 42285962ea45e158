/// Name parts of a card put into their places: a whole name typed into one field is split, parts that changed places go back, junk words
/// are left out and told.
///
/// The values that the source stated are not touched: this is how they are read.
package struct CardArrangement: Sendable, Equatable {
    private let fields: [Field]
    private let order: Profile.NameOrder
    private let junk: [JunkWord]

    private struct Field: Sendable, Equatable {
        let name: String
        let part: Profile.NamePart
    }

    private struct JunkWord: Sendable, Equatable {
        let words: [Word]

        /// The words before the one with this index end with it.
        func ends(_ words: [Word]) -> Bool { words.count >= self.words.count && words.suffix(self.words.count).elementsEqual(self.words) }
    }

    init(of attributes: [Profile.Attribute], order: Profile.NameOrder, junkWords: Set<String>) {
        fields = [Profile.NamePart.surname, .givenName, .patronymic].compactMap { part in
            attributes.first { $0.namePart == part }.map { Field(name: $0.name, part: part) }
        }
        self.order = order
        junk = junkWords.sorted().map { phrase in
            JunkWord(words: TypedText(phrase).chunks.map { RussianSpelling.folded($0) })
        }
    }

    package func arranged(_ values: [String: String]) -> (values: [String: String], flags: StandardisationFlags) {
        guard fields.count > 1 else { return (values, []) }
        let typed = fields.map { values[$0.name] ?? "" }
        var flags: StandardisationFlags = []
        var names = NameFields(typed.map { text in withoutJunk(text, &flags) })
        switch order {
        case .familyNameFirst: RussianNameOrder.arrange(&names)
        case .givenNameFirst: EnglishNameOrder.arrange(&names)
        }
        guard names.areMoved || flags.contains(.junkWord) else { return (values, flags) }
        if names.areMoved { flags.insert(.moved) }
        var arranged = values
        for (field, words) in zip(fields, names.fields) {
            arranged[field.name] = words.isEmpty ? nil : words.joined(separator: " ")
        }
        return (arranged, flags)
    }

    /// The words of a field; nothing is cut where only junk would be left.
    private func withoutJunk(_ text: String, _ flags: inout StandardisationFlags) -> [String] {
        // A name is one word nearly always.
        if !text.utf8.contains(where: { $0 == 0x20 || $0 == 0x09 || $0 == 0xC2 || $0 == 0xE2 }) { return text.isEmpty ? [] : [text] }
        let chunks = TypedText(text).chunks
        guard chunks.count > 1, !junk.isEmpty else { return chunks.map { Word($0).text } }
        var (kept, folded): ([String], [Word]) = ([], [])
        for chunk in chunks {
            kept.append(Word(chunk).text)
            folded.append(RussianSpelling.folded(chunk))
            guard let found = junk.first(where: { $0.ends(folded) }) else { continue }
            kept.removeLast(found.words.count)
            folded.removeLast(found.words.count)
            flags.insert(.junkWord)
        }
        return kept
    }
}

/// The words of surname, given name and patronymic, in that order; a profile without patronymics has two fields.
struct NameFields {
    private(set) var fields: [[String]]
    private(set) var areMoved = false

    init(_ fields: [[String]]) { self.fields = fields }

    var surname: [String] { fields[0] }
    var givenName: [String] { fields[1] }
    var patronymic: [String] { fields.count > 2 ? fields[2] : [] }
    var hasPatronymic: Bool { fields.count > 2 }

    mutating func place(surname: [String], givenName: [String], patronymic: [String]? = nil) {
        fields[0] = surname
        fields[1] = givenName
        if let patronymic, fields.count > 2 { fields[2] = patronymic }
        areMoved = true
    }
}

extension Profile {
    /// The attribute that holds a part of the name.
    package func name(of part: NamePart) -> String? { attributes.first { $0.namePart == part }?.name }

    /// How people of the profile's country write a whole name.
    package enum NameOrder: String, Sendable, Codable {
        case familyNameFirst, givenNameFirst
    }
}
