import CustomerMDM
import Foundation
import HindsightApp
import HindsightCore

/// The chronology of two other brothers at another time: names, sources, ids, numbers, dates and instants changed by a seed.
struct RenamedChronology {
    private let names: [(String, String)]
    private let sources: [String: String]
    private let days: Int
    private let digits: [Character: Character]
    private let idPrefix: String
    private let birthDate: (String, String)

    init(seed: Int) {
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 0x1234_5678_9abc_def1
        func choose(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        func shuffled<Element>(_ elements: [Element]) -> [Element] {
            var elements = elements
            for index in elements.indices.reversed() { elements.swapAt(index, choose(index + 1)) }
            return elements
        }
        let givenNames = shuffled(["Григорий", "Николай", "Виктор", "Захар", "Максим", "Олег", "Руслан"])
        names = [
            ("Береговой", shuffled(["Осокин", "Черемшанский", "Полоз", "Дубровин"])[0]), ("Дмитрий", givenNames[0]),
            ("Александр", givenNames[1]), ("Андреевич", shuffled(["Олегович", "Романович", "Ильич"])[0]),
        ]
        let fresh = shuffled(["KARTA", "SITE", "DEPO", "POLIS", "OFFICE", "KREDIT"])
        sources = Dictionary(uniqueKeysWithValues: zip(["CRM", "IB", "ABS", "INSUR", "CARDS", "LOAN"], fresh))
        days = choose(2_400) - 1_200
        // Digits change places, so equal numbers stay equal, and numbers that differ in one digit still do.
        digits = Dictionary(uniqueKeysWithValues: zip("0123456789", shuffled(Array("0123456789"))))
        idPrefix = String(10 + choose(80))
        birthDate = ("14.03.1986", String(format: "%02d.%02d.%d", 1 + choose(27), 1 + choose(12), 1960 + choose(40)))
    }

    func events(_ bytes: [UInt8]) throws -> [UInt8] {
        let table = try CSVTable(bytes, file: "events")
        let rows = try table.map { result in
            let row = try result.get()
            return try table.heading.map { column in quoted(try field(column, row[column])) }.joined(separator: ",")
        }
        return Array(([table.heading.joined(separator: ",")] + rows).joined(separator: "\n").utf8)
    }

    func facts(_ bytes: [UInt8]) throws -> [UInt8] {
        let table = try CSVTable(bytes, file: "facts")
        let rows = try table.map { result in
            let row = try result.get()
            return [shifted(row["ts"]), row["kind"], fact(row["a"]), fact(row["b"]), ""].map(quoted).joined(separator: ",")
        }
        return Array(([table.heading.joined(separator: ",")] + rows).joined(separator: "\n").utf8)
    }

    private func field(_ column: String, _ text: String) throws -> String {
        guard !text.isEmpty else { return text }
        switch column {
        case "ts": return shifted(text)
        case "source": return sources[text] ?? text
        case "source_id", "ib_id": return idPrefix + text
        case "passport", "mobile_phone", "extra_phone", "home_phone": return renumbered(text)
        case "birth_date": return text == birthDate.0 ? birthDate.1 : text
        case "args":
            let parsed = try JSON.decode(JSONValue.self, from: Array(text.utf8))
            return try JSON.line(renamed(parsed))
        default: return named(text)
        }
    }

    private func renamed(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text.contains(":") ? card(text) : named(text))
        case .array(let items): .array(items.map(renamed))
        case .object(let members): .object(members.mapValues(renamed))
        case .null, .bool, .integer, .number: value
        }
    }

    private func fact(_ text: String) -> String {
        if let colon = text.firstIndex(of: ":"), sources[String(text[..<colon])] != nil { return card(text) }
        let words = text.split(separator: " ", maxSplits: 1).map(String.init)
        if words.count == 2, Timestamp(clerksTime: words[0]) != nil { return "\(shifted(words[0])) \(named(words[1]))" }
        return named(text)
    }

    private func card(_ text: String) -> String {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        return "\(sources[parts[0]] ?? parts[0]):\(idPrefix)\(parts[1])"
    }

    private func named(_ text: String) -> String { names.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) } }

    private func shifted(_ text: String) -> String {
        Timestamp(clerksTime: text)?.advanced(by: .days(days)).description ?? text
    }

    /// The last six digits, by the permutation.
    private func renumbered(_ text: String) -> String {
        var left = 6
        return String(
            text.reversed().map { character in
                guard let digit = digits[character], left > 0 else { return character }
                left -= 1
                return digit
            }.reversed())
    }

    private func quoted(_ text: String) -> String { "\"\(text.replacingOccurrences(of: "\"", with: "\"\""))\"" }
}
