/// `m` or `f`, as a source's list of codes or words has it.
package enum Gender: String, Sendable, Hashable, Codable {
    case male = "m"
    case female = "f"

    package var text: StandardText { self == .male ? Self.maleText : Self.femaleText }
    private static let maleText = StandardText("m")
    private static let femaleText = StandardText("f")

    static func standardise(_ text: String) -> Standardised {
        let typed = TypedText(text)
        let word = RussianSpelling.folded(typed.units[...])
        if word.isEmpty { return .missing }
        if MissingWords.fill(typed) { return Standardised(nil, .placeholder) }
        if let gender = words[word] { return Standardised(.gender(gender)) }
        return Standardised(nil, .unreadable)
    }

    private static let words: [Word: Gender] = [
        "м": .male, "муж": .male, "мужской": .male, "мужчина": .male, "1": .male, "m": .male, "male": .male, "man": .male,
        "ж": .female, "жен": .female, "женский": .female, "женщина": .female, "2": .female, "f": .female, "female": .female,
        "woman": .female, "w": .female,
    ]
}
