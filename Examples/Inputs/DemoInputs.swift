/// The files of this folder as they lie in the program, so that the demo finds them wherever it is run.
package enum DemoInputs {
    /// The chronology of the twins, in time order.
    package static let twinsEvents = PackageResources.twins_events_csv
    /// What must hold of them, and when.
    package static let twinsExpect = PackageResources.twins_expect_csv
    /// A manager's form.
    package static let audienceForm = PackageResources.audience_by_purchases_form_json
    /// The notebook that the form's template runs.
    package static let audienceNote = PackageResources.audience_by_purchases_note_json
    package static let audienceTemplate = PackageResources.audience_by_purchases_template_yaml
    /// A manager's form for a partner's monthly report.
    package static let reportForm = PackageResources.partner_monthly_report_form_json
    package static let reportNote = PackageResources.partner_monthly_report_note_json
    package static let reportTemplate = PackageResources.partner_monthly_report_template_yaml

    /// The text of the example template that has this name; `nil` for another name.
    package static func template(named name: String) -> [UInt8]? {
        switch name {
        case "audience-by-purchases": audienceTemplate
        case "partner-monthly-report": reportTemplate
        default: nil
        }
    }
}
