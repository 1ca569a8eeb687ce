//! x
#[cfg(test)]
mod t {
    #[test]
    fn probe() {
        use proj::Proj;
        let d = std::f64::consts::PI / 180.0;
        for s in ["+proj=robin +lon_0=180 +R=6371000", "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=37.5 +lon_0=357.5 +R=6371229", "+proj=longlat +lon_0=10 +R=6371229", "+proj=wintri +lon_0=0 +R=1", "+proj=ortho +lat_0=0 +lon_0=0 +R=6371000", "+proj=igh +R=6371000", "+proj=eqc +R=6371000 +lon_0=180","+proj=utm +zone=33", "+proj=natearth +R=1", "EPSG:3857", "+proj=lcc +lat_1=30 +units=km", "+proj=nope","+proj=lcc +type=crs"] {
            let t = std::time::Instant::now();
            match Proj::new(s) {
                Ok(p) => {
                    let i = p.proj_info();
                    println!("{s}: inv {} id {:?} def {:?} {:?}", i.has_inverse, i.id, i.definition, t.elapsed());
                    let f: Result<(f64,f64),_> = p.project((10.0*d, 50.0*d), false);
                    println!("   {f:?}");
                    if let Ok(f) = f { let r: Result<(f64,f64),_> = p.project(f, true);
                    println!("   {:?}", r.map(|r| (r.0/d, r.1/d))); 
                    let t = std::time::Instant::now();
                    let mut acc=0.0;
                    for k in 0..100000 { if let Ok((a,_b)) = p.project((f.0*(1.0+k as f64*1e-9),f.1),true) { let _:f64=a; acc+=a; } }
                    println!("   inv {:?} per point {acc}", t.elapsed()/100000);
                    let t = std::time::Instant::now();
                    for k in 0..100000 { if let Ok((a,_b)) = p.project((f64::from(k)*1e-6,0.3),false) { let _:f64=a; acc+=a; } }
                    println!("   fwd {:?} per point {acc}", t.elapsed()/100000);
                    }
                    let r: Result<(f64,f64),_> = p.project((20e6,8e6), true);
                    println!("   out {:?}", r.map(|r| (r.0/d, r.1/d)));
                }
                Err(e) => println!("{s}: ERR {e} {:?}", t.elapsed()),
            }
        }
    let t = std::time::Instant::now();
        let p = Proj::new_known_crs("+proj=longlat +datum=WGS84 +no_defs", "EPSG:3035", None);
        println!("epsg {:?} {:?}", p.map(|p| p.project((10.0,50.0),false) as Result<(f64,f64),_>), t.elapsed());
    }
}
