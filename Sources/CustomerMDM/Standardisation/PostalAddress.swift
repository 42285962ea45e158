/// Addresses as sets of tokens: words of places and streets, numbers with what they number.
enum PostalAddress {
    /// Sorted tokens joined by spaces, such as `д:7 кв:21 лесная москва`.
    static func russian(_ text: String) -> StandardForm? {
        // A flat is also written `-21`, a building `7/2` or `7 к2`.
        let spelled = text.split(separator: ",").map { part in
            let trimmed = String(part).trimmed
            return trimmed.hasPrefix("-") ? "кв " + trimmed.dropFirst() : trimmed
        }.joined(separator: ", ")
        var tokens: Set<String> = []
        var label: String?
        var hasHouse = false
        for word in separated(Spelling.folded(spelled).words) {
            if let number = labels[word] {
                label = number
            } else if noise.contains(word) {
                continue
            } else if let city = cities[word] {
                tokens.insert(city)
            } else if word.first.map({ ("0"..."9").contains($0) }) ?? false {
                let isStreetNumber = word.count > 3 && label == nil
                let kind = isStreetNumber ? "" : (label ?? (hasHouse ? "к" : "д")) + ":"
                hasHouse = hasHouse || kind == "д:"
                tokens.insert(kind + word)
                label = nil
            } else {
                tokens.insert(word)
            }
        }
        return StandardForm(tokens.sorted().joined(separator: " "))
    }

    /// Splits labels from the numbers that are glued to them: `к2`, `кв21`.
    private static func separated(_ words: [String]) -> [String] {
        words.flatMap { word -> [String] in
            guard let digit = word.firstIndex(where: { ("0"..."9").contains($0) }), digit != word.startIndex else { return [word] }
            return labels[String(word[..<digit])] == nil ? [word] : [String(word[..<digit]), String(word[digit...])]
        }
    }

    private static let labels = [
        "д": "д", "дом": "д", "кв": "кв", "квартира": "кв", "к": "к", "корп": "к", "корпус": "к", "стр": "стр", "строение": "стр",
    ]
    private static let noise: Set<String> = ["г", "город", "ул", "улица", "пр", "проспект", "пер", "переулок", "обл", "область", "р", "н"]
    private static let cities = [
        "спб": "петербург", "санкт": "петербург", "петербург": "петербург", "мск": "москва", "екб": "екатеринбург",
    ]
}
