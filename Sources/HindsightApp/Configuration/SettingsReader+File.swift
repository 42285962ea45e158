import Glibc
import Yams

extension SettingsReader {
    private static let mostBytes = 1_048_576

    /// Reads a YAML file; paths in it are relative to it.
    mutating func read(file path: String) {
        do {
            guard let root = try Self.compose(path) else { return }
            guard case .mapping(let settings) = root else {
                // A file in which everything is commented out says nothing.
                if !Self.isNull(root) {
                    refuse("\(path):\(root.mark?.line ?? 1): must be a mapping of settings, like `listen: 127.0.0.1:8080`")
                }
                return
            }
            read(settings, below: "", of: path)
        } catch {
            refuse(error.reason)
        }
    }

    private mutating func read(_ members: Node.Mapping, below section: String, of path: String) {
        for (name, node) in members {
            let line = name.mark?.line ?? 1
            guard case .scalar(let name) = name else {
                refuse("\(path):\(line): a key must be a text")
                continue
            }
            let key = section + name.string
            let source = Configuration.Source.file(path, line: line)
            if let setting = Setting.byKey[key] {
                // `a.b: 1` says the same as `a: { b: 1 }`, so both may be there.
                if let before = self.source(of: key) { refuse("\(key) (\(source)): stands twice, before in \(before)") }
                let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
                take(setting, from: source) { () throws(SettingFault) in try Self.value(of: node, setting, in: folder) }
            } else if !Setting.sections.contains(key) {
                refuseUnknown(key, in: source, among: Setting.all.map(\.key) + Setting.sections.sorted())
            } else if case .mapping(let members) = node {
                read(members, below: key + ".", of: path)
            } else if !Self.isNull(node) {
                refuse("\(key) (\(source)): must be a mapping of settings")
            }
        }
    }

    private static func value(of node: Node, _ setting: Setting, in folder: String) throws(SettingFault) -> Setting.Value {
        if case .sequence(let nodes) = node, case .texts = setting.kind {
            var items: [String] = []
            for node in nodes {
                guard case .scalar(let scalar) = node, isText(scalar) else {
                    throw SettingFault("must be a list of texts: put what is none in quotes")
                }
                items.append(scalar.string)
            }
            return try setting.list(items)
        }
        if case .mapping(let members) = node, case .entries(let shape) = setting.kind {
            return try setting.entries(members, shape, in: folder)
        }
        guard case .scalar(let scalar) = node else { throw SettingFault(setting.expectation) }
        guard !isNull(node) else { throw SettingFault("has no value: \(setting.expectation)") }
        switch setting.kind {
        case .texts, .entries: throw SettingFault(setting.expectation)
        case .whole, .seconds:
            guard scalar.style == .plain else { throw SettingFault("\(setting.expectation), without quotes") }
        case .text, .path, .profile:
            guard isText(scalar) else { throw SettingFault("\(setting.expectation): put it in quotes") }
        case .noteFolder, .address, .url, .choice, .variable, .mailAddress: break
        }
        return try setting.value(of: scalar.string, in: folder)
    }

    /// Whether YAML's core schema (YAML 1.2.2, section 10.3.2) makes a text of it.
    ///
    /// Yams would resolve by YAML 1.1, where `on` is a boolean and `12:30` a number.
    private static func isText(_ scalar: Node.Scalar) -> Bool {
        let others =
            #/
            null|Null|NULL|~|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)
            |[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
            /#
        return scalar.style != .plain || !scalar.string.isEmpty && scalar.string.wholeMatch(of: others) == nil
    }

    private static func isNull(_ node: Node) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// - Throws: ``SettingFault`` with file and line, and never with anything out of the file but a key.
    private static func compose(_ path: String) throws(SettingFault) -> Node? {
        let text = try text(of: path)
        do {
            return try Yams.compose(yaml: text)
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(mark.line - 1).first ?? ""
            let hint = line.contains("\t") ? " (there is a tab: YAML is indented with spaces)" : ""
            throw SettingFault("\(path):\(mark.line): is no YAML: \(problem)\(hint)")
        } catch YamlError.reader(let problem, let offset, _, _) {
            throw SettingFault("\(path):\(text.prefix(offset ?? 0).count(where: \.isNewline) + 1): is no YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            throw SettingFault("\(path):\(context.mark.line): stands twice in a mapping: \(keys.sorted().joined(separator: ", "))")
        } catch {
            throw SettingFault("\(path): is no YAML")
        }
    }

    private static func text(of path: String) throws(SettingFault) -> String {
        guard let file = fopen(path, "r") else { throw SettingFault("\(path): cannot be opened: \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw SettingFault("\(path): cannot be read: \(String(cString: strerror(errno)))") }
        guard count <= mostBytes else { throw SettingFault("\(path): is longer than \(mostBytes) bytes, so it is no configuration") }
        guard let text = String(validating: bytes.prefix(count), as: UTF8.self) else { throw SettingFault("\(path): is not UTF-8") }
        return text
    }
}
