import Yams

/// The tree of a profile's text: where its parts stand, for errors that name the line.
struct ProfileText {
    private let root: Node?

    /// - Throws: ``ProfileError`` for a text that is no YAML.
    init(_ text: String) throws(ProfileError) {
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw error.profileError
        } catch {
            throw ProfileError(path: "", reason: "is not YAML: \(error)")
        }
    }

    /// An error that names the line of its path.
    ///
    /// - Parameters:
    ///   - path: As it is shown: members by their keys, items of a list by their `name` or their index from 0.
    ///   - place: Where to look instead, if the path is not exact.
    ///   - word: A value under the path whose line is more exact.
    func error(_ path: String, _ reason: String, at place: String? = nil, naming word: String? = nil) -> ProfileError {
        ProfileError(path: path, reason: reason, line: line(of: place ?? path, naming: word))
    }

    /// The line, from 1; of a part that is missing that of what should hold it.
    private func line(of path: String, naming word: String?) -> Int {
        var line = root?.mark?.line ?? 1
        var node = root
        for step in path.split(separator: "/") {
            guard let inner = node?.child(String(step)) else { break }
            line = inner.line ?? line
            node = inner.node
        }
        return word.flatMap { node?.line(of: $0) } ?? line
    }

    /// Refuses a member that a profile does not have: one that is misspelt would otherwise be as good as missing.
    func refuseUnknownMembers(of shape: ProfileShape) throws(ProfileError) {
        if let root { try refuseUnknownMembers(in: root, shape, "") }
    }

    private func refuseUnknownMembers(in node: Node, _ shape: ProfileShape, _ path: String) throws(ProfileError) {
        switch (node, shape) {
        case (.mapping(let mapping), .members(let known)):
            for (key, value) in mapping {
                // What a merge brings in stands elsewhere.
                guard let name = key.scalar?.string, name != "<<" else { continue }
                guard let inner = known[name] else {
                    let names = known.keys.sorted().joined(separator: ", ")
                    throw ProfileError(path: "\(path)/\(name)", reason: "there is no such member: \(names)", line: key.mark?.line)
                }
                try refuseUnknownMembers(in: value, inner, "\(path)/\(name)")
            }
        case (.sequence(let items), .list(let inner)):
            for (index, item) in items.enumerated() {
                try refuseUnknownMembers(in: item, inner, "\(path)/\(item.itemName ?? String(index))")
            }
        default: break
        }
    }
}

/// Which members a part of a profile may have.
indirect enum ProfileShape: Sendable {
    case anything
    case list(ProfileShape)
    case members([String: ProfileShape])

    /// The keys of a type, and the shapes of those that are no plain values.
    static func members<Key: CodingKey & CaseIterable & Hashable>(_ keys: Key.Type, _ shapes: [Key: ProfileShape] = [:]) -> ProfileShape {
        .members(Dictionary(uniqueKeysWithValues: keys.allCases.map { ($0.stringValue, shapes[$0] ?? .anything) }))
    }
}

extension Node {
    /// What names an item of a list.
    fileprivate var itemName: String? {
        guard case .mapping(let mapping) = self else { return nil }
        return mapping.first { $0.key.scalar?.string == "name" }?.value.scalar?.string
    }

    /// A member by its key, or an item by its name or index, with the line on which it begins.
    fileprivate func child(_ step: String) -> (node: Node, line: Int?)? {
        switch self {
        case .mapping(let mapping):
            return mapping.first { $0.key.scalar?.string == step }.map { ($0.value, $0.key.mark?.line) }
        case .sequence(let items):
            let index = Int(step).flatMap { items.indices.contains($0) ? $0 : nil }
            guard let item = items.first(where: { $0.itemName == step }) ?? index.map({ items[$0] }) else { return nil }
            return (item, item.mark?.line)
        case .scalar, .alias: return nil
        }
    }

    /// The line of the first key or value with this text.
    fileprivate func line(of word: String) -> Int? {
        switch self {
        case .scalar(let scalar): scalar.string == word ? scalar.mark?.line : nil
        case .mapping(let mapping): mapping.lazy.compactMap { $0.key.line(of: word) ?? $0.value.line(of: word) }.first
        case .sequence(let items): items.lazy.compactMap { $0.line(of: word) }.first
        case .alias: nil
        }
    }
}

extension YamlError {
    /// Where a text stops being YAML, and why.
    fileprivate var profileError: ProfileError {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            ProfileError(path: "", reason: "is not YAML: column \(mark.column): \(problem)", line: mark.line)
        case .duplicatedKeysInMapping(let names, let context):
            ProfileError(path: "", reason: "\(names.joined(separator: ", ")) stands twice in one mapping", line: context.mark.line)
        default: ProfileError(path: "", reason: "is not YAML: \(self)")
        }
    }
}
