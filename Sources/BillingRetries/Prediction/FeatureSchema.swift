/// The columns a model reads, in their order.
package struct FeatureSchema: Sendable, Hashable, Codable {
    /// Raised whenever a feature of the same name is computed differently: names alone would not tell.
    package let version: Int
    package let names: [String]

    package init(version: Int, names: [String]) {
        self.version = version
        self.names = names
    }

    /// How a model's columns differ from these, in words; `nil` when they are the same.
    package func difference(from model: FeatureSchema) -> String? {
        guard self != model else { return nil }
        let absent = names.filter { !model.names.contains($0) }
        let extra = model.names.filter { !names.contains($0) }
        var parts: [String] = []
        if version != model.version { parts.append("version \(model.version) in place of \(version)") }
        if !absent.isEmpty { parts.append("without \(absent.joined(separator: ", "))") }
        if !extra.isEmpty { parts.append("with \(extra.joined(separator: ", "))") }
        if absent.isEmpty, extra.isEmpty, names != model.names { parts.append("in another order") }
        return parts.joined(separator: ", ")
    }
}
