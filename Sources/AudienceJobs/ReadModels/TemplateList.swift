package import HindsightCore

/// One row for each template as it is registered now.
package struct TemplateList: Projection {
    package let name = "templates"
    package let version = 1

    package init() {}

    package func keys(for event: Recorded<TemplateEvent>) -> [String] {
        switch event.event {
        case .registered(let registered): [registered.definition.name.description]
        }
    }

    package func apply(_ event: Recorded<TemplateEvent>, key: String, to row: inout TemplateRow?) {
        switch event.event {
        case .registered(let registered):
            row = TemplateRow(registration: registered, registrations: (row?.registrations ?? 0) + 1)
        }
    }
}

package struct TemplateRow: Codable, Sendable, Equatable {
    package var registration: TemplateRegistered
    /// How often it was registered.
    package var registrations: Int
}
