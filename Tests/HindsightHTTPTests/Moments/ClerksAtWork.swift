import HindsightCore
import HindsightTesting
import NIOHTTP1

/// Source systems and stewards: cards of the same few people come in and change, are merged, doubted and taken apart again.
struct ClerksAtWork {
    let visitor: Visitor
    var chance: SeededGenerator

    private static let people = 15
    private static let sources = ["CRM", "IB", "APP"]

    mutating func run() async throws {
        while await !visitor.bustle.isOver {
            switch Int.random(in: 0..<12, using: &chance) {
            case 0: try await review()
            case 1: try await unmerge()
            case 2: try await closeSeparation()
            case 3:
                let source = Self.sources.randomElement(using: &chance) ?? "CRM"
                try await visitor.act(.DELETE, "/v1/mdm/cards/\(source)/\(Int.random(in: 0..<Self.people, using: &chance))")
            case 4 where Bool.random(using: &chance): try await visitor.act(.POST, "/v1/mdm/merge-runs", "{}")
            default: try await put()
            }
        }
    }

    private mutating func put() async throws {
        let person = Int.random(in: 0..<Self.people, using: &chance)
        let source = Self.sources.randomElement(using: &chance) ?? "CRM"
        let attributes = JSONValue.object(attributes(of: person).mapValues { .string($0) })
        let body = String(decoding: try JSON.encode(JSONValue.object(["attributes": attributes])), as: UTF8.self)
        try await visitor.act(.PUT, "/v1/mdm/cards/\(source)/\(person)", body)
    }

    /// What a clerk types of a person: mostly the same, at times with a new number, another's passport, or somebody else altogether.
    private mutating func attributes(of person: Int) -> [String: String] {
        let surnames = ["Иванов", "Петров", "Сидоров", "Кузнецов", "Смирнов"]
        let givenNames = ["Пётр", "Фома", "Илья"]
        var attributes = [
            "surname": surnames[person % surnames.count], "givenName": givenNames[person % givenNames.count], "patronymic": "Сергеевич",
            "birthDate": "0\(1 + person % 9).02.19\(60 + person)", "passport": "45\(10 + person) 1234\(10 + person)",
            "mobilePhone": "+7 916 123-45-\(10 + person)",
        ]
        let other = Int.random(in: 0..<Self.people, using: &chance)
        switch Int.random(in: 0..<8, using: &chance) {
        case 0: attributes["mobilePhone"] = "+7 916 765-43-\(10 + other)"
        case 1: attributes["email"] = "mail\(other)@example.org"
        case 2: attributes["passport"] = nil
        case 3: attributes["passport"] = "45\(10 + other) 1234\(10 + other)"
        case 4:
            attributes["surname"] = surnames[other % surnames.count]
            attributes["givenName"] = givenNames[other % givenNames.count]
            attributes["birthDate"] = "05.06.19\(40 + other)"
            attributes["passport"] = "46\(10 + other) 9876\(10 + other)"
        default: break
        }
        return attributes
    }

    // MARK: - Stewards

    private mutating func review() async throws {
        guard let review = try await visitor.list("reviews", "/v1/mdm/reviews").randomElement(using: &chance),
            let id = review["review"]?.stringValue
        else { return }
        let words = review["kind"] == "suspicious-change" ? ["accept-change", "refuse-change"] : ["confirm", "reject"]
        try await visitor.act(
            .POST, "/v1/mdm/reviews/\(id)/\(words.randomElement(using: &chance) ?? "reject")", #"{"reason":"seen the papers"}"#)
    }

    private mutating func unmerge() async throws {
        let source = Self.sources.randomElement(using: &chance) ?? "CRM"
        let card = "\(source):\(Int.random(in: 0..<Self.people, using: &chance))"
        let record = try await visitor.act(.GET, "/v1/mdm/golden?card=\(card)")
        guard record.status == 200, let golden = try record.json["golden"]?.stringValue,
            try record.json["members"]?.arrayValue?.count ?? 0 > 1
        else { return }
        let body = #"{"groups":[["\#(card)"]],"reason":"twins"}"#
        try await visitor.act(.POST, "/v1/mdm/golden/\(golden)/unmerge", body)
    }

    private mutating func closeSeparation() async throws {
        let separations = try await visitor.list("separations", "/v1/mdm/separations").filter { $0["closedBecause"] == nil }
        guard let id = separations.randomElement(using: &chance)?["separation"]?.stringValue else { return }
        try await visitor.act(.POST, "/v1/mdm/separations/\(id)/close", #"{"reason":"mistake"}"#)
    }
}
