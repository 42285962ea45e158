import FoundationEssentials
import HindsightCore
import Yams

extension Profile {
    /// Reads and checks a profile file.
    ///
    /// - Throws: ``ProfileError`` naming the line and the place.
    package init(yaml text: String) throws(ProfileError) {
        try self.init(yaml: text, isRecorded: false)
    }

    /// Reads a profile that a log holds: members that no profile has were not looked for when it was recorded, and are passed over.
    package init(recorded text: String) throws(ProfileError) {
        try self.init(yaml: text, isRecorded: true)
    }

    private init(yaml text: String, isRecorded: Bool) throws(ProfileError) {
        let tree = try ProfileText(text)
        if !isRecorded { try tree.refuseUnknownMembers(of: ProfileFile.shape) }
        let file: ProfileFile
        do {
            file = try YAMLDecoder().decode(ProfileFile.self, from: text)
        } catch let error as DecodingError {
            var (pointer, reason) = error.pointerAndReason
            // The review policy says itself what it takes.
            if case .dataCorrupted(let context) = error, pointer.hasPrefix("/reviewPolicy") { reason = context.debugDescription }
            throw tree.error(pointer, reason)
        } catch {
            throw tree.error("", "cannot be read: \(error)")
        }
        try self.init(file, text: text, tree)
    }

    private init(_ file: ProfileFile, text: String, _ tree: ProfileText) throws(ProfileError) {
        let (maximumAttributes, maximumWeight) = (255, 1_000_000)
        func refuse(_ path: String, _ reason: String, at place: String? = nil, naming word: String? = nil) -> ProfileError {
            tree.error(path, reason, at: place, naming: word)
        }
        /// The names of some lists are different from each other.
        func unique(_ lists: (path: String, names: [String])...) throws(ProfileError) {
            var seen: Set<String> = []
            for (path, names) in lists {
                for (index, name) in names.enumerated() {
                    let place = "\(path)/\(index)/name"
                    guard !name.isEmpty, !name.contains(where: { $0 == "=" || $0 == "|" }) else {
                        throw refuse(path, "a name is empty or has '=' or '|'", at: place)
                    }
                    guard seen.insert(name).inserted else { throw refuse(path, "\(name) stands twice", at: place) }
                }
            }
        }
        guard !file.name.isEmpty else { throw refuse("/name", "a profile has a name") }
        guard file.version >= 1 else { throw refuse("/version", "a profile has a version from 1") }
        guard !file.attributes.isEmpty, file.attributes.count <= maximumAttributes else {
            throw refuse("/attributes", "there are 1 to \(maximumAttributes)")
        }
        guard file.comparisons.count <= ComparisonVector.maximumCount else {
            throw refuse("/comparisons", "there are at most \(ComparisonVector.maximumCount)")
        }
        try unique(("/attributes", file.attributes.map(\.name)))
        try unique(("/keys", file.keys.map(\.name)))
        try unique(("/comparisons", file.comparisons.map(\.name)))
        try unique(("/strong", file.strong.map(\.name)), ("/weak", file.weak.map(\.name)))

        func attribute(_ name: String, _ path: String) throws(ProfileError) -> Int {
            guard let index = file.attributes.firstIndex(where: { $0.name == name }) else {
                throw refuse(path, "there is no attribute \(name)", naming: name)
            }
            return index
        }
        func indexes(_ names: [String], _ path: String) throws(ProfileError) -> [Int] {
            var found: [Int] = []
            for name in names { found.append(try attribute(name, path)) }
            return found
        }
        func comparison(_ name: String, _ path: String) throws(ProfileError) -> Int {
            guard let index = file.comparisons.firstIndex(where: { $0.name == name }) else {
                throw refuse(path, "there is no comparison \(name)", naming: name)
            }
            return index
        }
        func requirements(_ levels: [String: Level]?, _ path: String) throws(ProfileError) -> [Requirement] {
            var found: [Requirement] = []
            for (name, level) in (levels ?? [:]).sorted(by: { $0.key < $1.key }) {
                found.append(Requirement(comparison: try comparison(name, path), atLeast: level))
            }
            return found
        }
        func inBounds(_ weight: Int, _ path: String) throws(ProfileError) -> Int {
            guard abs(weight) <= maximumWeight else {
                throw refuse(path, "is a weight in 1/1000 bit, from -\(maximumWeight) to \(maximumWeight)")
            }
            return weight
        }
        func rules(_ files: [ProfileFile.Rule], _ path: String) throws(ProfileError) -> [Rule] {
            var found: [Rule] = []
            for file in files {
                let rule = Rule(
                    name: file.name, all: try requirements(file.all, "\(path)/\(file.name)/all"),
                    any: try requirements(file.any, "\(path)/\(file.name)/any"),
                    leastWeight: try file.weight.map { weight throws(ProfileError) in try inBounds(weight, "\(path)/\(file.name)/weight") },
                    isUnopposed: file.unopposed ?? false)
                guard !rule.isUnopposed || path == "/strong" && rule.all.contains(where: { $0.atLeast == .missing }) else {
                    throw refuse("\(path)/\(file.name)/unopposed", "is for strong rules that ask for something to be missing at least")
                }
                guard (rule.all + rule.any).contains(where: { $0.atLeast > .missing }) else {
                    throw refuse("\(path)/\(file.name)", "a rule asks for at least one agreement")
                }
                found.append(rule)
            }
            return found
        }

        var attributes: [Attribute] = []
        for item in file.attributes {
            guard let standardiser = Standardiser.named(item.standardiser) else {
                let known = Standardiser.all.map(\.name).sorted().joined(separator: ", ")
                throw refuse("/attributes/\(item.name)/standardiser", "there is no standardiser \(item.standardiser): \(known)")
            }
            attributes.append(
                Attribute(
                    name: item.name, standardiser: standardiser, placeholders: Set(item.placeholders ?? []), namePart: item.namePart,
                    keepsPastValues: item.past ?? false, isHeldWhenChanged: item.held ?? false))
        }
        for attribute in attributes {
            guard let part = attribute.namePart, attributes.first(where: { $0.namePart == part })?.name != attribute.name else { continue }
            throw refuse("/attributes/\(attribute.name)/namePart", "\(part.rawValue) stands twice")
        }
        var keys: [Key] = []
        for item in file.keys {
            guard !item.parts.isEmpty, item.parts.allSatisfy({ !$0.isEmpty }) else {
                throw refuse("/keys/\(item.name)/parts", "has an empty part")
            }
            var parts: [[Int]] = []
            for part in item.parts { parts.append(try indexes(part, "/keys/\(item.name)/parts")) }
            var narrowedBy: [Int]?
            if let names = item.narrowedBy { narrowedBy = try indexes(names, "/keys/\(item.name)/narrowedBy") }
            keys.append(Key(name: item.name, parts: parts, narrowedBy: narrowedBy))
        }
        var comparisons: [Comparison] = []
        for item in file.comparisons {
            guard !item.attributes.isEmpty else { throw refuse("/comparisons/\(item.name)/attributes", "compares no attribute") }
            if let swapped = item.swappedWith, item.attributes.contains(swapped) {
                throw refuse("/comparisons/\(item.name)/swappedWith", "\(swapped) is what is compared: name the one it is mistaken for")
            }
            comparisons.append(
                Comparison(
                    name: item.name, measure: item.measure,
                    attributes: try indexes(item.attributes, "/comparisons/\(item.name)/attributes"),
                    alternates: try indexes(item.alternates ?? [], "/comparisons/\(item.name)/alternates"),
                    swapped: try item.swappedWith.map { name throws(ProfileError) in
                        try attribute(name, "/comparisons/\(item.name)/swappedWith")
                    },
                    weights: LevelWeights(
                        Dictionary(
                            uniqueKeysWithValues: item.weights.compactMap { key, weight in Level(rawValue: key).map { ($0, weight) } })),
                    usesFrequencies: item.frequencies ?? false))
            for (level, weight) in item.weights.sorted(by: { $0.key < $1.key }) {
                let path = "/comparisons/\(item.name)/weights/\(level)"
                guard Level(rawValue: level) != nil else {
                    throw refuse(path, "levels are exact, variant, similar, missing and different")
                }
                _ = try inBounds(weight, path)
            }
        }
        var conflicts: [Conflict] = []
        for item in file.conflicts {
            guard item.kind == .different || item.issueDate != nil else {
                throw refuse("/conflicts/\(item.name)", "validAtOnce needs an issueDate")
            }
            var issueDate: Int?
            if let name = item.issueDate { issueDate = try attribute(name, "/conflicts/\(item.name)/issueDate") }
            conflicts.append(
                Conflict(
                    name: item.name, kind: item.kind, comparison: try comparison(item.comparison, "/conflicts/\(item.name)/comparison"),
                    issueDate: issueDate, days: item.days ?? 0))
        }
        let likeness = try requirements(file.likeness, "/likeness")
        for name in (file.survivorship.attributes ?? [:]).keys.sorted() { _ = try attribute(name, "/survivorship/attributes") }
        let bounds = [
            ("/maximumCardsPerKey", file.maximumCardsPerKey), ("/online/cards", file.online.cards), ("/online/edges", file.online.edges),
        ]
        for (path, bound) in bounds where bound <= 1 { throw refuse(path, "a bound is above 1") }
        let nameOrder = file.nameOrder ?? .familyNameFirst
        self.init(
            name: file.name, version: file.version, attributes: attributes, junkWords: Set(file.junkWords ?? []),
            nameOrder: nameOrder,
            arrangement: CardArrangement(of: attributes, order: nameOrder, junkWords: Set(file.junkWords ?? [])), keys: keys,
            maximumCardsPerKey: file.maximumCardsPerKey, comparisons: comparisons, strongRules: try rules(file.strong, "/strong"),
            weakRules: try rules(file.weak, "/weak"), likeness: likeness, conflicts: conflicts, guards: try indexes(file.guards, "/guards"),
            defaultSurvivorship: file.survivorship.standard, survivorship: file.survivorship.attributes ?? [:],
            trustedSources: file.survivorship.trustedSources ?? [], maximumOnlineCards: file.online.cards,
            maximumOnlineEdges: file.online.edges, text: text,
            digest: Fingerprint.hex([text] + attributes.map { "\($0.standardiser.name)/\($0.standardiser.version)" }),
            reviewPolicy: file.reviewPolicy ?? .holdAll)
    }
}

/// The profile as it stands in its file.
private struct ProfileFile: Decodable {
    enum CodingKeys: CodingKey, CaseIterable {
        case name, version, attributes, junkWords, nameOrder, keys, maximumCardsPerKey, comparisons, strong, weak, likeness, conflicts,
            guards, survivorship, online, reviewPolicy
    }

    static let shape = ProfileShape.members(
        CodingKeys.self,
        [
            .attributes: .list(.members(Attribute.CodingKeys.self)), .keys: .list(.members(Key.CodingKeys.self)),
            .comparisons: .list(.members(Comparison.CodingKeys.self)), .strong: .list(.members(Rule.CodingKeys.self)),
            .weak: .list(.members(Rule.CodingKeys.self)), .conflicts: .list(.members(Conflict.CodingKeys.self)),
            .survivorship: .members(SurvivorshipRules.CodingKeys.self), .online: .members(OnlineBounds.CodingKeys.self),
        ])

    struct Attribute: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case name, standardiser, placeholders, namePart, past, held
        }
        let name: String
        let standardiser: String
        let placeholders: [String]?
        let namePart: Profile.NamePart?
        let past: Bool?
        let held: Bool?
    }
    struct Key: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case name, parts, narrowedBy
        }
        let name: String
        let parts: [[String]]
        let narrowedBy: [String]?
    }
    struct Comparison: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case name, measure, attributes, alternates, swappedWith, weights, frequencies
        }
        let name: String
        let measure: Measure
        let attributes: [String]
        let alternates: [String]?
        let swappedWith: String?
        let weights: [String: Int]
        let frequencies: Bool?
    }
    struct Rule: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case name, all, any, weight, unopposed
        }
        let name: String
        let all: [String: Level]?
        let any: [String: Level]?
        let weight: Int?
        let unopposed: Bool?
    }
    struct Conflict: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case name, kind, comparison, issueDate, days
        }
        let name: String
        let kind: Profile.Conflict.Kind
        let comparison: String
        let issueDate: String?
        let days: Int?
    }
    struct SurvivorshipRules: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case standard, attributes, trustedSources
        }
        let standard: Profile.Survivorship
        let attributes: [String: Profile.Survivorship]?
        let trustedSources: [String]?
    }
    struct OnlineBounds: Decodable {
        enum CodingKeys: CodingKey, CaseIterable {
            case cards, edges
        }
        let cards: Int
        let edges: Int
    }

    let name: String
    let version: Int
    let attributes: [Attribute]
    let junkWords: [String]?
    let nameOrder: Profile.NameOrder?
    let keys: [Key]
    let maximumCardsPerKey: Int
    let comparisons: [Comparison]
    let strong: [Rule]
    let weak: [Rule]
    let likeness: [String: Level]?
    let conflicts: [Conflict]
    let guards: [String]
    let survivorship: SurvivorshipRules
    let online: OnlineBounds
    let reviewPolicy: ReviewPolicy?
}
