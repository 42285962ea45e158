import FoundationEssentials
import HindsightCore
import Yams

extension Profile {
    /// Reads and checks a profile file.
    ///
    /// - Throws: ``ProfileError`` naming the place.
    package init(yaml text: String) throws(ProfileError) {
        let file: ProfileFile
        do {
            file = try YAMLDecoder().decode(ProfileFile.self, from: text)
        } catch let error as DecodingError {
            if let place = error.placeInYAML { throw ProfileError(path: "", reason: "is not YAML: \(place)") }
            let (pointer, reason) = error.pointerAndReason
            throw ProfileError(path: pointer, reason: reason)
        } catch {
            throw ProfileError(path: "", reason: "is not YAML: \(error)")
        }
        try self.init(file, text: text)
    }

    private init(_ file: ProfileFile, text: String) throws(ProfileError) {
        let (maximumAttributes, maximumWeight) = (255, 1_000_000)
        func refuse(_ path: String, _ reason: String) -> ProfileError { ProfileError(path: path, reason: reason) }
        func unique(_ names: [String], _ path: String) throws(ProfileError) {
            var seen: Set<String> = []
            for name in names {
                guard !name.isEmpty, !name.contains(where: { $0 == "=" || $0 == "|" }) else {
                    throw refuse(path, "a name is empty or has '=' or '|'")
                }
                guard seen.insert(name).inserted else { throw refuse(path, "\(name) stands twice") }
            }
        }
        guard !file.name.isEmpty, file.version >= 1 else { throw refuse("/name", "a profile has a name, and a version from 1") }
        guard !file.attributes.isEmpty, file.attributes.count <= maximumAttributes else {
            throw refuse("/attributes", "there are 1 to \(maximumAttributes)")
        }
        guard file.comparisons.count <= ComparisonVector.maximumCount else {
            throw refuse("/comparisons", "there are at most \(ComparisonVector.maximumCount)")
        }
        try unique(file.attributes.map(\.name), "/attributes")
        try unique(file.keys.map(\.name), "/keys")
        try unique(file.comparisons.map(\.name), "/comparisons")
        try unique((file.strong + file.weak).map(\.name), "/strong and /weak")

        func attribute(_ name: String, _ path: String) throws(ProfileError) -> Int {
            guard let index = file.attributes.firstIndex(where: { $0.name == name }) else {
                throw refuse(path, "there is no attribute \(name)")
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
                throw refuse(path, "there is no comparison \(name)")
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
                    name: file.name, all: try requirements(file.all, "\(path)/\(file.name)"),
                    any: try requirements(file.any, "\(path)/\(file.name)"),
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
                throw refuse("/attributes/\(item.name)", "there is no standardiser \(item.standardiser): \(known)")
            }
            attributes.append(
                Attribute(
                    name: item.name, standardiser: standardiser, placeholders: Set(item.placeholders ?? []), namePart: item.namePart,
                    keepsPastValues: item.past ?? false, isHeldWhenChanged: item.held ?? false))
        }
        try unique(attributes.compactMap { $0.namePart?.rawValue }, "/attributes (namePart)")
        var keys: [Key] = []
        for item in file.keys {
            guard !item.parts.isEmpty, item.parts.allSatisfy({ !$0.isEmpty }) else {
                throw refuse("/keys/\(item.name)", "has an empty part")
            }
            var parts: [[Int]] = []
            for part in item.parts { parts.append(try indexes(part, "/keys/\(item.name)")) }
            var narrowedBy: [Int]?
            if let names = item.narrowedBy { narrowedBy = try indexes(names, "/keys/\(item.name)") }
            keys.append(Key(name: item.name, parts: parts, narrowedBy: narrowedBy))
        }
        var comparisons: [Comparison] = []
        for item in file.comparisons {
            guard !item.attributes.isEmpty else { throw refuse("/comparisons/\(item.name)", "compares no attribute") }
            comparisons.append(
                Comparison(
                    name: item.name, measure: item.measure, attributes: try indexes(item.attributes, "/comparisons/\(item.name)"),
                    alternates: try indexes(item.alternates ?? [], "/comparisons/\(item.name)"),
                    weights: LevelWeights(
                        Dictionary(
                            uniqueKeysWithValues: item.weights.compactMap { key, weight in Level(rawValue: key).map { ($0, weight) } })),
                    usesFrequencies: item.frequencies ?? false))
            for weight in item.weights.values { _ = try inBounds(weight, "/comparisons/\(item.name)/weights") }
            guard item.weights.keys.allSatisfy({ Level(rawValue: $0) != nil }) else {
                throw refuse("/comparisons/\(item.name)/weights", "levels are exact, variant, similar, missing and different")
            }
        }
        var conflicts: [Conflict] = []
        for item in file.conflicts {
            guard item.kind == .different || item.issueDate != nil else {
                throw refuse("/conflicts/\(item.name)", "validAtOnce needs an issueDate")
            }
            var issueDate: Int?
            if let name = item.issueDate { issueDate = try attribute(name, "/conflicts/\(item.name)") }
            conflicts.append(
                Conflict(
                    name: item.name, kind: item.kind, comparison: try comparison(item.comparison, "/conflicts/\(item.name)"),
                    issueDate: issueDate, days: item.days ?? 0))
        }
        let likeness = try requirements(file.likeness, "/likeness")
        for name in (file.survivorship.attributes ?? [:]).keys.sorted() { _ = try attribute(name, "/survivorship/attributes") }
        guard file.maximumCardsPerKey > 1, file.online.cards > 1, file.online.edges > 1 else {
            throw refuse("/maximumCardsPerKey and /online", "bounds are above 1")
        }
        let nameOrder = file.nameOrder ?? .familyNameFirst
        self.init(
            name: file.name, version: file.version, attributes: attributes, junkWords: Set(file.junkWords ?? []),
            nameOrder: nameOrder,
            arrangement: CardArrangement(of: attributes, order: nameOrder, junkWords: Set(file.junkWords ?? [])), keys: keys,
            maximumCardsPerKey: file.maximumCardsPerKey, comparisons: comparisons, strongRules: try rules(file.strong, "/strong"),
            weakRules: try rules(file.weak, "/weak"), likeness: likeness, conflicts: conflicts, guards: try indexes(file.guards, "/guards"),
            defaultSurvivorship: file.survivorship.standard, survivorship: file.survivorship.attributes ?? [:],
            trustedSources: file.survivorship.trustedSources ?? [], maximumOnlineCards: file.online.cards,
            maximumOnlineEdges: file.online.edges, text: text, reviewPolicy: file.reviewPolicy ?? .holdAll)
    }
}

extension DecodingError {
    /// Where a text stops being YAML, and why: `line 3, column 5: did not find expected key`.
    fileprivate var placeInYAML: String? {
        guard case .dataCorrupted(let context) = self, let error = context.underlyingError as? YamlError else { return nil }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return "line \(mark.line), column \(mark.column): \(problem)"
        default: return "\(error)"
        }
    }
}

/// The profile as it stands in its file.
private struct ProfileFile: Decodable {
    struct Attribute: Decodable {
        let name: String
        let standardiser: String
        let placeholders: [String]?
        let namePart: Profile.NamePart?
        let past: Bool?
        let held: Bool?
    }
    struct Key: Decodable {
        let name: String
        let parts: [[String]]
        let narrowedBy: [String]?
    }
    struct Comparison: Decodable {
        let name: String
        let measure: Measure
        let attributes: [String]
        let alternates: [String]?
        let weights: [String: Int]
        let frequencies: Bool?
    }
    struct Rule: Decodable {
        let name: String
        let all: [String: Level]?
        let any: [String: Level]?
        let weight: Int?
        let unopposed: Bool?
    }
    struct Conflict: Decodable {
        let name: String
        let kind: Profile.Conflict.Kind
        let comparison: String
        let issueDate: String?
        let days: Int?
    }
    struct SurvivorshipRules: Decodable {
        let standard: Profile.Survivorship
        let attributes: [String: Profile.Survivorship]?
        let trustedSources: [String]?
    }
    struct OnlineBounds: Decodable {
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
