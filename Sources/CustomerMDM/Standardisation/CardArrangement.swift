/// Names of a card put into their places: a whole name typed into one field is split, given name and surname that changed places go
/// back, junk words are dropped.
package enum CardArrangement {
    package static func arranged(_ values: [String: String], by profile: Profile) -> [String: String] {
        guard let surname = profile.name(of: .surname), let givenName = profile.name(of: .givenName) else { return values }
        var values = values
        for part in [surname, givenName, profile.name(of: .patronymic)].compactMap(\.self) {
            guard let text = values[part] else { continue }
            let words = text.split(whereSeparator: \.isWhitespace)
            let kept = words.filter { !profile.junkWords.contains(Spelling.folded(String($0)).words.joined()) }
            if kept.count < words.count { values[part] = kept.joined(separator: " ") }
        }
        let words = (values[surname] ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        if words.count >= 2, values[givenName, default: ""].isEmpty {
            values[surname] = words[0]
            values[givenName] = words[1]
            if let patronymic = profile.name(of: .patronymic), words.count > 2 { values[patronymic] = words[2...].joined(separator: " ") }
        }
        guard let first = values[surname], let second = values[givenName], let wasSurname = RussianName.givenName(first),
            let wasGivenName = RussianName.givenName(second),
            GivenNames.isKnown(wasSurname.exact), !GivenNames.isKnown(wasGivenName.exact),
            wasGivenName.exact != RussianName.stem(ofSurname: wasGivenName.exact) || wasGivenName.exact.hasSurnameEnding
        else { return values }
        values[surname] = second
        values[givenName] = first
        return values
    }
}

extension Profile {
    /// The attribute that holds a part of the name.
    package func name(of part: NamePart) -> String? { attributes.first { $0.namePart == part }?.name }
}

extension String {
    fileprivate var hasSurnameEnding: Bool {
        ["ов", "ев", "ин", "ын", "ский", "цкий", "енко", "ко", "ий", "их", "ук", "юк", "як"].contains { hasSuffix($0) }
    }
}
