/// A form that a body comes or goes in.
enum MediaForm: String, Sendable, CaseIterable {
    case json = "application/json"
    case ndjson = "application/x-ndjson"
    case eventStream = "text/event-stream"
    case cloudEvent = "application/cloudevents+json"
    case cloudEvents = "application/cloudevents-batch+json"
    case csv = "text/csv"
    case problem = "application/problem+json"
    case metrics = "text/plain; version=0.0.4"
    case yaml = "application/yaml"
    case markdown = "text/markdown; charset=utf-8"

    private var essence: Substring { rawValue.prefix { $0 != ";" } }

    /// The form that the header of a body names; no other character set than UTF-8 is read.
    static func ofBody(_ contentType: String, among forms: [MediaForm]) -> MediaForm? {
        let parts = contentType.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingSpaces.lowercased() }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            let charset = parameter.dropFirst("charset=".count).filter { $0 != "\"" }
            guard charset == "utf-8" || charset == "us-ascii" else { return nil }
        }
        return forms.first { $0.essence == parts[0] }
    }

    /// The form with the highest weight in an `Accept` header (RFC 9110, section 12.5.1); of equals the one that is offered first.
    static func best(of forms: [MediaForm], for accept: String) -> MediaForm? {
        let ranges = accept.split(separator: ",").map(Range.init)
        var best: (form: MediaForm, weight: Double)?
        for form in forms {
            // The most specific range that fits says how welcome a form is.
            let fitting = ranges.filter { $0.fits(form.essence) }.max { $0.specificity < $1.specificity }
            guard let weight = fitting?.weight, weight > 0, weight > best?.weight ?? 0 else { continue }
            best = (form, weight)
        }
        return best?.form
    }

    private struct Range {
        let type: String
        let weight: Double

        init(_ text: Substring) {
            let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmingSpaces.lowercased() }
            type = parts.first ?? ""
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }
            weight = quality.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
        }

        var specificity: Int { type == "*/*" ? 0 : type.hasSuffix("/*") ? 1 : 2 }

        func fits(_ essence: Substring) -> Bool {
            type == "*/*" || type == essence || type.hasSuffix("/*") && essence.hasPrefix(type.dropLast())
        }
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        var text = Substring(self)
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
